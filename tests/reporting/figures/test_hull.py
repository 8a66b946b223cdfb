from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from scipy.spatial import ConvexHull

from ccdcgan.reporting import style
from ccdcgan.reporting.figures.distributions import distributions, draw_distribution
from ccdcgan.reporting.figures.hull import best_distinct, hull_line, hull_scatter, hull_with_best
from ccdcgan.reporting.pages.interactive_hull import interactive_hull
from tests.reporting.small_run import CANDIDATES, DATABASE, Run

VARIANTS = ("dcgan", "dcgan+constraint")


def points(axes: Axes) -> dict[str, np.ndarray]:
    return {str(drawn.get_label()): np.asarray(drawn.get_offsets()) for drawn in axes.collections}


def note(axes: Axes) -> str:
    return axes.get_title(loc="left")


def with_rows(run: Run, variant: str, folder: Path, rows: slice, **columns: object) -> Path:
    path = folder / f"{variant}.csv"
    pd.read_csv(run.hull(variant)[variant]).iloc[rows].assign(**columns).to_csv(path, index=False)
    return path


def test_the_hull_is_the_lower_convex_hull_of_database_and_elements(run: Run) -> None:
    table = pd.read_csv(run.database)
    every = np.vstack([[[0, 0], [1, 0]], table.loc[table["formation_energy"] < 0, ["x", "formation_energy"]]])
    expected = every[ConvexHull(every).vertices]
    np.testing.assert_allclose(hull_line(table, run.system), expected[np.argsort(expected[:, 0])], atol=1e-12)


def test_a_database_without_bound_compounds_has_a_flat_hull(run: Run) -> None:
    table = pd.read_csv(run.database).assign(formation_energy=0.2)
    np.testing.assert_array_equal(hull_line(table, run.system), [[0, 0], [1, 0]])


def test_the_points_drawn_are_the_structures_of_the_tables(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    hull_scatter(run.database, run.hull(*VARIANTS), run.system, tmp_path / "hull.png")
    axes = figures[0].axes[0]
    drawn = points(axes)
    assert list(drawn) == ["database (n = 40)", "DCGAN (n = 12)", "DCGAN + constraint (n = 6)"]
    for path, offsets in zip([run.database, *run.hull(*VARIANTS).values()], drawn.values(), strict=True):
        np.testing.assert_allclose(offsets, pd.read_csv(path)[["x", "formation_energy"]])
    line = next(line for line in axes.lines if line.get_label() == "hull of the database")
    np.testing.assert_array_equal(line.get_xydata(), hull_line(pd.read_csv(run.database), run.system))
    assert [label.get_text() for label in axes.get_xticklabels()][:: len(axes.get_xticks()) - 1] == ["0\nBi", "1\nSe"]


def test_the_note_counts_what_lies_outside(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    energies = [90, 80, -70, *np.linspace(-0.2, 0, CANDIDATES - 3)]
    path = with_rows(run, "dcgan", tmp_path, slice(None), formation_energy=energies)
    hull_scatter(run.database, {"dcgan": path}, run.system, tmp_path / "hull.png")
    axes = figures[0].axes[0]
    low, high = axes.get_ylim()
    assert "DCGAN 2 above and 1 below" in note(axes)
    known = points(axes)["database (n = 40)"][:, 1]
    above = (known > high).sum()
    assert known.min() > low
    assert (f"database {above} above;" in note(axes)) == bool(above)
    assert low < axes.lines[-1].get_ydata().min()


def test_nothing_outside_needs_no_note(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    rows = pd.read_csv(run.database)
    rows.assign(formation_energy=np.linspace(-1, 1, len(rows))).to_csv(tmp_path / "database.csv", index=False)
    hull_scatter(tmp_path / "database.csv", {}, run.system, tmp_path / "hull.png")
    assert note(figures[0].axes[0]) == ""


def test_known_phases_are_triangles_that_say_where_they_were_found(
    run: Run, tmp_path: Path, figures: list[Figure]
) -> None:
    known = pd.DataFrame(
        {
            "id": ["Bi2Se3", "BiSe", "Bi4Se3", "BiSe3"],
            "x": [0.6, 0.5, 3 / 7, np.nan],
            "formation_energy": [-0.3, -0.2, -0.1, np.nan],
            "database_match": ["aflow.1", None, None, None],
            "dcgan_match": ["dcgan-000001", "dcgan-000002", None, None],
            "dcgan+constraint_match": None,
            "ccdcgan_match": ["ccdcgan-000001", None, "ccdcgan-000003", None],
        }
    )
    known.to_csv(tmp_path / "known.csv", index=False)
    hull_scatter(run.database, run.hull(*VARIANTS), run.system, tmp_path / "hull.png", known=tmp_path / "known.csv")
    drawn = points(figures[0].axes[0])
    np.testing.assert_allclose(drawn["known phase, in the database (n = 1)"], [[0.6, -0.3]])
    np.testing.assert_allclose(drawn["known phase, found here only (n = 1)"], [[0.5, -0.2]])
    np.testing.assert_allclose(drawn["known phase, in neither (n = 1)"], [[3 / 7, -0.1]])


@pytest.mark.parametrize("empty", [True, False])
def test_variants_without_candidates_or_not_run(run: Run, tmp_path: Path, figures: list[Figure], empty: bool) -> None:
    tables = {"ccdcgan": with_rows(run, "ccdcgan", tmp_path, slice(0))} if empty else {}
    hull_scatter(run.database, tables, run.system, tmp_path / "hull.png")
    assert list(points(figures[0].axes[0])) == ["database (n = 40)"] + ["CCDCGAN (n = 0)"] * empty
    interactive_hull(run.database, tables, [run.structures], run.system, tmp_path / "hull.html")
    if empty:
        distributions(run.database, tables, tmp_path / "distributions.png")
        hull_with_best(run.database, tables, [], run.system, tmp_path / "best.png")
        assert len(figures[-1].axes) == 1


def test_three_elements_are_drawn_by_their_energy_above_the_hull(
    ternary: Run, tmp_path: Path, figures: list[Figure]
) -> None:
    hull_with_best(
        ternary.database,
        ternary.hull("ccdcgan"),
        [ternary.candidates("ccdcgan")],
        ternary.system,
        tmp_path / "hull.png",
    )
    axes = figures[0].axes[0]
    assert len(points(axes)["database (n = 40)"]) == DATABASE
    assert "hull of the database" not in [line.get_label() for line in axes.lines]
    assert axes.get_xlabel() == "atomic fraction of Te"
    assert axes.get_ylabel().startswith("energy above hull")
    table = pd.read_csv(ternary.database)
    np.testing.assert_allclose(points(axes)["database (n = 40)"], table[["x", "energy_above_hull"]])


def test_best_are_the_distinct_candidates_lowest_above_the_hull(run: Run) -> None:
    tables = [pd.read_csv(path) for path in run.hull(*VARIANTS).values()]
    best = best_distinct(tables, 3)
    every = tables[0][tables[0]["distinct"]]
    assert list(best["energy_above_hull"]) == sorted(every["energy_above_hull"])[:3]
    assert best["distinct"].all()
    assert len(best_distinct(tables, 100)) == every["id"].nunique()


def test_the_best_are_numbered_and_drawn(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    hull_with_best(
        run.database, run.hull("ccdcgan"), [run.candidates("ccdcgan")], run.system, tmp_path / "hull.png", best=3
    )
    axes, *crystals = figures[0].axes
    best = best_distinct([pd.read_csv(run.hull("ccdcgan")["ccdcgan"])], 3)
    marks = np.asarray(axes.collections[-1].get_offsets())
    np.testing.assert_allclose(marks, best[["x", "formation_energy"]])
    numbers = {text.get_text(): (text.xy, text.xyann) for text in axes.texts}
    assert set(numbers) == {"1", "2", "3"}
    for number, (target, _) in numbers.items():
        np.testing.assert_allclose(target, best[["x", "formation_energy"]].iloc[int(number) - 1])
    places = sorted(place for _, (place, _) in numbers.values())
    assert min(np.diff(places)) >= 0.07 - 1e-9
    assert min(places) > 0
    assert max(places) < 1
    assert len(crystals) == 3
    for number, (panel, (_, row)) in enumerate(zip(crystals, best.iterrows(), strict=True), start=1):
        title = panel.get_title()
        assert title.startswith(f"{number}: {style.formula(row['formula'])} ")
        assert f"= {style.energy(row['energy_above_hull'])} eV/atom" in title
        assert sum(isinstance(patch, Circle) for patch in panel.patches) >= row["n_atoms"]


def test_a_numbered_candidate_is_never_outside(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    path = with_rows(run, "ccdcgan", tmp_path, slice(0, 1), formation_energy=-9.0)
    hull_with_best(run.database, {"ccdcgan": path}, [run.candidates("ccdcgan")], run.system, tmp_path / "hull.png")
    assert figures[0].axes[0].get_ylim()[0] < -9
    assert len(figures[0].axes) == 2


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_numbers_of_candidates_of_one_composition_do_not_overlap(
    run: Run, tmp_path: Path, figures: list[Figure], x: float
) -> None:
    path = with_rows(run, "ccdcgan", tmp_path, slice(None), x=x)
    hull_with_best(run.database, {"ccdcgan": path}, [run.candidates("ccdcgan")], run.system, tmp_path / "hull.png")
    places = sorted(text.xyann[0] for text in figures[0].axes[0].texts)
    assert min(np.diff(places)) >= 0.07 - 1e-9
    assert 0 < places[0] < places[-1] < 1


def test_a_distribution_adds_up_to_the_fraction_inside() -> None:
    axes = Figure().subplots()
    draw_distribution(axes, pd.Series([-0.5, -0.5, 0.1, 7]), style.DATABASE, (-1, 1), histtype="bar")
    heights = [patch.get_height() for patch in axes.patches]
    assert sum(heights) == pytest.approx(3 / 4)
    assert max(heights) == pytest.approx(2 / 4)
    assert axes.lines[0].get_xdata()[0] == pytest.approx(1.525)
    assert axes.get_legend_handles_labels()[1] == ["database\nn = 4\nmean 1.525 eV/atom"]


def test_distributions_have_a_panel_for_each_variant(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    distributions(run.database, run.hull("dcgan", "ccdcgan"), tmp_path / "distributions.png")
    labels = [[label.split("\n")[:2] for label in axes.get_legend_handles_labels()[1]] for axes in figures[0].axes]
    expected = [["database", f"n = {DATABASE}"]]
    assert labels == [[*expected, [name, f"n = {CANDIDATES}"]] for name in ("DCGAN", "CCDCGAN")]


def test_the_same_run_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    written = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        tables = run.hull("ccdcgan")
        hull_with_best(run.database, tables, [run.candidates("ccdcgan")], run.system, folder / "best.png")
        distributions(run.database, tables, folder / "distributions.png")
        structures = [run.structures, run.candidates("ccdcgan")]
        interactive_hull(run.database, tables, structures, run.system, folder / "hull.html")
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert len(written[0]) == 5
    assert written[0] == written[1]
