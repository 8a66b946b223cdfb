import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ccdcgan.reporting import style
from ccdcgan.reporting.figures.parity import draw_parity, generated_parity, parity
from tests.reporting.small_run import CANDIDATES, Run

PREDICTIONS = pd.DataFrame(
    {
        "id": list("abcdef"),
        "split": ["train"] * 4 + ["held_out"] * 2,
        "formation_energy": [-0.3, -0.1, 0.0, 0.2, -0.2, 0.1],
        "predicted": [-0.2, -0.1, 0.0, 0.1, 0.0, 0.1],
    }
)


def test_points_and_errors_are_those_of_the_table() -> None:
    axes = Figure().subplots()
    draw_parity(axes, PREDICTIONS)
    for drawn, (split, label) in zip(
        axes.collections,
        # By hand: errors 0.1, 0, 0, 0.1 and 0.2, 0; R2 = 1 - 0.02 / 0.13 and 1 - 0.04 / 0.045.
        [
            ("train", "training: n = 4, MAE 0.050, RMSE 0.071, $R^2$ 0.85"),
            ("held_out", "held out: n = 2, MAE 0.100, RMSE 0.141, $R^2$ 0.11"),
        ],
        strict=True,
    ):
        rows = PREDICTIONS.loc[PREDICTIONS["split"] == split, ["formation_energy", "predicted"]]
        np.testing.assert_array_equal(drawn.get_offsets(), rows)
        assert drawn.get_label() == label
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_title(loc="left") == ""


@pytest.mark.parametrize("column", ["formation_energy", "predicted"])
def test_a_point_far_away_in_either_direction_is_counted(column: str) -> None:
    far = PREDICTIONS.copy()
    far.loc[2, column] = 40.0
    axes = Figure().subplots()
    draw_parity(axes, far)
    assert axes.get_title(loc="left") == "outside the axis: training 1"


def test_without_held_out_crystals() -> None:
    axes = Figure().subplots()
    draw_parity(axes, PREDICTIONS.iloc[:1])
    assert [drawn.get_label() for drawn in axes.collections] == [
        "training: n = 1, MAE 0.100, RMSE 0.100",
        "held out: n = 0",
    ]


def test_the_papers_numbers_come_from_the_file(tmp_path: Path, figures: list[Figure], published: Path) -> None:
    PREDICTIONS.to_csv(tmp_path / "predictions.csv", index=False)
    other = tmp_path / "published.json"
    other.write_text(json.dumps({"system": ["Bi", "Se"], "constraint": {"mae": 0.5, "r2": 0.25}}))
    for path, system in ((published, ["Bi", "Se"]), (other, ["Bi", "Se"]), (other, ["Ga", "N"])):
        parity(tmp_path / "predictions.csv", path, system, tmp_path / "parity.png")
    titles = [figure.legends[0].get_title().get_text() for figure in figures]
    assert titles == [
        "paper: MAE 0.019 eV/atom, $R^2$ about 0.85",
        "paper: MAE 0.500 eV/atom, $R^2$ about 0.25",
        "",
    ]


def test_generated_crystals_are_drawn_by_variant(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    tables = run.hull("dcgan", "ccdcgan")
    gap = pd.read_csv(tables["dcgan"])
    gap.loc[0, "predicted_formation_energy"] = None
    gap.to_csv(tmp_path / "dcgan.csv", index=False)
    generated_parity({**tables, "dcgan": tmp_path / "dcgan.csv"}, tmp_path / "parity.png")
    for drawn, name, count in zip(figures[0].axes[0].collections, tables, (CANDIDATES - 1, CANDIDATES), strict=True):
        rows = pd.read_csv(tables[name]).iloc[-count:]
        np.testing.assert_allclose(drawn.get_offsets(), rows[["formation_energy", "predicted_formation_energy"]])
        error = (rows["formation_energy"] - rows["predicted_formation_energy"]).abs().mean()
        assert str(drawn.get_label()).startswith(f"{style.SERIES[name].label}: n = {count}, MAE {error:.3f}, ")
