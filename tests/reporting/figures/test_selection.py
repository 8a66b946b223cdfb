import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ase import Atoms
from matplotlib.figure import Figure
from pymatgen.core import Lattice

from ccdcgan.crystals.structures import write_structures
from ccdcgan.database.known_phases import COLUMNS
from ccdcgan.reporting.figures.selection import draw_selection, selection, sizes

ROOT = Path(__file__).parents[3]
PHASES = pd.DataFrame(
    [
        ("Bi2Se3", 5, 9.9, "aflow.1"),
        ("Bi2Se", 9, 17.6, "aflow.2"),
        ("BiSe", 12, 23.8, None),
        ("BiSe2-Cmc2_1", 6, 7.1, None),
    ],
    columns=["id", "n_atoms", "longest_edge", "database_match"],
).set_index("id")


def points(figure: Figure) -> dict[str, list[list[float]]]:
    return {str(drawn.get_label()): np.asarray(drawn.get_offsets()).tolist() for drawn in figure.axes[0].collections}


def test_the_longest_edge_is_that_of_the_niggli_cell() -> None:
    skewed = Atoms(
        "Bi2", scaled_positions=[[0, 0, 0], [0.4, 0.4, 0.4]], cell=[[4, 0, 0], [12, 5, 0], [1, 1, 7]], pbc=True
    )
    skewed.info["id"] = "skewed"
    table = sizes([skewed])
    assert table.loc["skewed", "n_atoms"] == 2
    niggli = Lattice(skewed.cell.array).get_niggli_reduced_lattice()
    assert table.loc["skewed", "longest_edge"] == pytest.approx(max(niggli.abc))
    assert table.loc["skewed", "longest_edge"] < max(skewed.cell.lengths()) - 1


def test_phases_are_told_apart_by_both_databases() -> None:
    figure = Figure()
    draw_selection(figure.subplots(), PHASES, ["Bi2Se3", "Bi2Se"], max_atoms=20, max_length=10.0)
    assert points(figure) == {
        "in the paper's and in this database (n = 2)": [[5, 9.9], [9, 17.6]],
        "in the paper's database only (n = 0)": [],
        "in this database only (n = 0)": [],
        "in neither (n = 2)": [[12, 23.8], [6, 7.1]],
    }
    colours = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    kept, cut = colours["Bi$_{2}$Se$_{3}$"], colours["BiSe"]
    assert kept != cut
    assert colours["BiSe$_{2}$ (Cmc2$_{1}$)"] == kept
    assert colours["Bi$_{2}$Se"] == cut
    places = sorted(text.xyann[1] for text in figure.axes[0].texts if hasattr(text, "xyann"))
    assert min(np.diff(places)) > 0.034


@pytest.mark.parametrize("empty", [True, False])
def test_phases_without_a_structure_are_named(
    tmp_path: Path, figures: list[Figure], published: Path, empty: bool
) -> None:
    atoms = Atoms("Bi2Se3", positions=np.arange(15).reshape(5, 3), cell=[4, 4, 9.5], pbc=True)
    atoms.info["id"] = "Bi2Se3"
    element = atoms.copy()
    element.info["id"] = "Bi"
    write_structures(tmp_path / "known.extxyz", [] if empty else [atoms, element])
    rows = [{"id": "Bi2Se3", "status": "relaxed"}, {"id": "BiSe3", "status": "missing"}]
    pd.DataFrame([] if empty else rows, columns=COLUMNS).to_csv(tmp_path / "known.csv", index=False)
    selection(
        tmp_path / "known.extxyz",
        tmp_path / "known.csv",
        published,
        tmp_path / "selection.png",
        max_atoms=20,
        max_length=10.0,
    )
    drawn = points(figures[0])
    assert sum(map(len, drawn.values())) == (0 if empty else 1)
    note = figures[0].axes[0].get_title(loc="left")
    assert note == ("" if empty else "not drawn, for want of a structure: BiSe$_{3}$")


def test_the_papers_known_phases_are_fifteen(published: Path) -> None:
    paper = json.loads(published.read_text())["known_phases"]
    every = {*paper["regenerated"], *paper["not_regenerated"]}
    assert (len(paper["in_database"]), len(paper["regenerated"]), len(every)) == (8, 11, 15)
    assert set(paper["left_out"]) <= set(paper["in_database"]) <= set(paper["regenerated"])
    ours = json.loads((ROOT / "resources/known_phases/Bi-Se.json").read_text())
    names = {phase["name"] for phase in ours["phases"] if phase.get("experimental", True)} - {"Bi", "Se"}
    assert every == names | {phase["name"] for phase in ours["not_built"]}
