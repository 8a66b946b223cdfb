from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from pymatgen.core import Composition

from ccdcgan.reporting import style
from ccdcgan.reporting.figures.found import new_structure, regenerated, regenerated_pair
from tests.reporting.small_run import Run


@pytest.mark.parametrize("variant", ["dcgan", "dcgan+constraint"])
def test_the_structure_at_a_place_is_drawn(run: Run, tmp_path: Path, figures: list[Figure], variant: str) -> None:
    table = pd.read_csv(run.hull(variant)[variant])
    best = table[table["distinct"]].sort_values("energy_above_hull")
    for rank in (1, 2):
        path = tmp_path / f"{rank}.png"
        new_structure(run.hull(variant)[variant], [run.candidates("dcgan")], run.system, path, rank=rank)
        row, axes = best.iloc[rank - 1], figures[-1].axes[0]
        title = axes.get_title()
        assert title.startswith(f"{style.SERIES[variant].label}, place {rank}: {style.formula(row['formula'])}")
        for column in ("formation_energy", "energy_above_hull"):
            assert f"= {style.energy(row[column])} eV/atom" in title
        assert [text.get_text() for text in axes.texts] == [row["id"]]
        assert sum(isinstance(patch, Circle) for patch in axes.patches) >= row["n_atoms"]


def test_a_place_that_nothing_has_is_said(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    empty = tmp_path / "dcgan.csv"
    pd.read_csv(run.hull("dcgan")["dcgan"]).iloc[:3].to_csv(empty, index=False)
    new_structure(empty, [run.candidates("dcgan")], run.system, tmp_path / "none.png", rank=3)
    (text,) = figures[0].axes[0].texts
    assert text.get_text().replace("\n", " ") == "DCGAN: 2 distinct of 3 candidates, none at place 3"


DATABASE = pd.DataFrame(
    [("a", "BiSe", "a", -0.3), ("b", "Bi2Se2", "b", -0.2), ("c", "Bi2Se2", "b", -0.1), ("d", "Bi2Se3", "d", -0.4)],
    columns=["id", "formula", "group", "formation_energy"],
)


@pytest.mark.parametrize(
    ("matches", "left", "right"),
    [
        # The most stable left-out structure that comes back, and the most stable candidate of its group.
        (["d", "b", "c", None], "b", "2"),
        (["b", "a", "a", None], "a", "2"),
        (["d", "d", None, None], "a", None),
    ],
)
def test_the_pair_is_a_left_out_structure_and_what_matches_it(
    matches: list[str | None], left: str, right: str | None
) -> None:
    made = pd.DataFrame({"id": list("0123"), "database_match": matches, "formation_energy": [-0.3, -0.1, -0.2, -0.9]})
    before, after = regenerated_pair(DATABASE, made, "BiSe")
    assert before is not None
    assert (before["id"], None if after is None else after["id"]) == (left, right)
    assert regenerated_pair(DATABASE, made, "Bi3Se") == (None, None)


@pytest.mark.parametrize("back", [True, False])
def test_what_came_back_is_drawn_and_what_did_not_is_said(
    run: Run, tmp_path: Path, figures: list[Figure], back: bool
) -> None:
    database = pd.read_csv(run.database)
    database["group"] = database["id"]
    database.to_csv(tmp_path / "database.csv", index=False)
    gone = database.sort_values("formation_energy").iloc[-1]
    composition = Composition(gone["formula"]).reduced_formula
    model = f"ccdcgan-without-{composition}"
    made = pd.read_csv(run.hull("ccdcgan")["ccdcgan"])
    made["database_match"] = gone["id"] if back else None
    made.to_csv(tmp_path / f"{model}.csv", index=False)
    study = {"model": model, "composition": composition, "generated": 1300, "decoded": 20, "relaxed": 11}
    study |= {"distinct_left_out": 3, "regenerated": int(back), "known_phase": "X", "known_phase_regenerated": back}
    pd.DataFrame([study]).to_csv(tmp_path / "study.csv", index=False)
    regenerated(
        tmp_path / "study.csv",
        tmp_path / "database.csv",
        run.structures,
        tmp_path / f"{model}.csv",
        [run.candidates("ccdcgan")],
        run.system,
        tmp_path / "pair.png",
    )
    before, after = figures[0].axes
    assert before.get_title().startswith("left out: ")
    title = figures[0].get_suptitle()
    assert f"{int(back)} of 3 left-out structures regenerated; the known phase " in title
    assert title.endswith("phase regenerated") == back
    if back:
        best = made.sort_values("formation_energy").iloc[0]
        assert after.get_title().startswith(f"regenerated: {style.formula(best['formula'])}")
        assert before.texts[0].get_text().replace("\n", "") == gone["id"]
    else:
        text = after.texts[0].get_text().replace("\n", " ")
        assert text.startswith("Not regenerated: of 1,300 graphs 20 of this composition decoded, 11 relaxed")
