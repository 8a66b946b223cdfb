import json
from pathlib import Path

import numpy as np
import pandas as pd
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from ccdcgan.reporting.figures.crystals import choose, crystals_and_graphs, draw_crystal, element_legend
from ccdcgan.representation.crystal_graphs import CrystalGraphs, read_graphs, write_graphs
from tests.reporting.small_run import Run

TABLE = pd.DataFrame(
    [("a", "Bi4Se4", 0.3), ("b", "Se4Bi4", 0.1), ("c", "BiSe", 0.0), ("d", "Bi2Se3", 0.2), ("e", "BiSe", 0.05)],
    columns=["id", "formula", "energy_above_hull"],
)


def test_choose_takes_the_most_stable_of_each_preferred_formula_then_the_most_stable_others() -> None:
    assert choose(TABLE, ["Bi8Se6", "Bi2Se3", "Bi4Se4"], 4) == ["d", "b", "c"]
    assert choose(TABLE, ["Bi2Se3", "Bi4Se4"], 1) == ["d"]
    assert choose(TABLE, [], 2) == ["c", "b"]
    assert choose(TABLE.iloc[:0], ["Bi2Se3"], 4) == []


def name(axes: Axes) -> str:
    return axes.get_xlabel().replace("\n", "")


def atoms_drawn(atoms: Atoms) -> int:
    axes = Figure().subplots()
    draw_crystal(axes, atoms, sorted(set(atoms.get_chemical_symbols())))
    return sum(isinstance(patch, Circle) for patch in axes.patches)


def test_atoms_on_the_faces_are_drawn_on_both_sides() -> None:
    cscl = bulk("CsCl", "cesiumchloride", a=4.1)
    assert atoms_drawn(cscl) == 8 + 1
    cscl.positions += 1e-6 - 4.1
    assert atoms_drawn(cscl) == 8 + 1
    cscl.rotate(40, (1, 2, 3), rotate_cell=True)
    assert atoms_drawn(cscl) == 8 + 1
    cscl.positions += 1.0
    assert atoms_drawn(cscl) == 2


def test_elements_have_the_colours_of_the_legend() -> None:
    system = ["Sb", "Bi", "Te"]
    colours = {}
    for symbol in system:
        axes = Figure().subplots()
        draw_crystal(axes, bulk(symbol, "sc", a=3), system)
        (colours[symbol],) = {patch.get_facecolor() for patch in axes.patches if isinstance(patch, Circle)}
    figure = Figure()
    element_legend(figure, system)
    handles = figure.legends[0].legend_handles
    assert {handle.get_label(): to_rgba(handle.get_color()) for handle in handles} == colours
    assert len(set(colours.values())) == 3


def test_any_cell_can_be_drawn() -> None:
    tetradymite = crystal(
        ["Bi", "Se", "Se"],
        [(0, 0, 0.4), (0, 0, 0), (0, 0, 0.21)],
        spacegroup=166,
        cellpar=[4.14, 4.14, 28.6, 90, 90, 120],
        primitive_cell=True,
    )
    before = tetradymite.copy()
    assert atoms_drawn(tetradymite) >= 5
    assert tetradymite == before


def test_the_graphs_drawn_are_those_of_the_crystals_named(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    table = pd.read_csv(run.database)
    wanted = table["formula"].iloc[3]
    published = tmp_path / "published.json"
    published.write_text(json.dumps({"shown_crystals": [wanted]}))
    crystals_and_graphs(run.structures, run.database, run.graphs, published, run.system, tmp_path / "crystals.png")
    images = [axes for axes in figures[0].axes if axes.images]
    graphs = read_graphs(run.graphs)
    assert len(images) == 4
    for axes in images:
        np.testing.assert_array_equal(axes.images[0].get_array(), graphs.graphs[graphs.ids.index(name(axes))])
    names = [name(axes) for axes in images]
    assert table.set_index("id").loc[names[0], "formula"] == wanted
    assert names == choose(table, [wanted], 4)
    assert [text.get_text() for text in figures[0].legends[0].get_texts()] == ["Bi", "Se"]


def test_crystals_without_a_graph_are_not_shown(ternary: Run, tmp_path: Path, figures: list[Figure]) -> None:
    every = read_graphs(ternary.graphs)
    write_graphs(tmp_path / "graphs.h5", CrystalGraphs(every.ids[:2], every.graphs[:2]))
    (tmp_path / "published.json").write_text('{"shown_crystals": []}')
    crystals_and_graphs(
        ternary.structures,
        ternary.database,
        tmp_path / "graphs.h5",
        tmp_path / "published.json",
        ternary.system,
        tmp_path / "crystals.png",
    )
    shown = {name(axes) for axes in figures[0].axes if axes.images}
    assert shown <= set(every.ids[:2])
