from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ccdcgan.reporting.figures.learning import draw_losses, gan_curves, learning_curve

HISTORY = pd.DataFrame({"step": [10, 20, 30], "train_loss": [1.0, 0.1, 0.01], "held_out_loss": [1.0, 0.3, 0.25]})


def lines(history: pd.DataFrame) -> tuple[dict[str, np.ndarray], str]:
    axes = Figure().subplots()
    draw_losses(axes, history, "loss")
    return {str(line.get_label()): line.get_xydata() for line in axes.lines}, axes.get_yscale()


def test_both_losses_are_drawn_on_a_logarithmic_axis() -> None:
    drawn, scale = lines(HISTORY)
    assert scale == "log"
    np.testing.assert_array_equal(drawn["training (last: 0.01)"], HISTORY[["step", "train_loss"]])
    np.testing.assert_array_equal(drawn["held out (last: 0.25)"], HISTORY[["step", "held_out_loss"]])


def test_a_side_without_values_is_left_out() -> None:
    drawn, _ = lines(HISTORY.assign(held_out_loss=np.nan))
    assert list(drawn) == ["training (last: 0.01)"]


def test_a_loss_that_is_not_positive_needs_a_linear_axis() -> None:
    assert lines(HISTORY.assign(train_loss=[1, 0.5, 0]))[1] == "linear"


@pytest.mark.parametrize("rows", [1, 3])
def test_learning_curve_reads_what_training_writes(tmp_path: Path, figures: list[Figure], rows: int) -> None:
    HISTORY.head(rows).to_csv(tmp_path / "history.csv", index=False)
    learning_curve(tmp_path / "history.csv", tmp_path / "curve.png", loss="loss (eV/atom)")
    axes = figures[0].axes[0]
    assert axes.get_ylabel() == "loss (eV/atom)"
    assert [len(line.get_xdata()) for line in axes.lines] == [rows, rows]
    assert len(figures[0].legends[0].get_texts()) == 2


@pytest.mark.parametrize("energy", [True, False])
def test_gan_curves_show_the_formation_energy_where_there_is_one(
    tmp_path: Path, figures: list[Figure], energy: bool
) -> None:
    table = pd.DataFrame(
        {
            "step": [50, 100],
            "discriminator_loss": [0.7, 0.6],
            "generator_loss": [0.8, 0.9],
            "discriminator_accuracy": [0.5, 0.6],
            "formation_energy": [-0.1, -0.2],
        }
    )
    if not energy:
        table = table.drop(columns="formation_energy")
    table.to_csv(tmp_path / "history.csv", index=False)
    gan_curves(tmp_path / "history.csv", tmp_path / "gan.png")
    drawn = [line.get_ydata() for axes in figures[0].axes for line in axes.lines if len(line.get_xdata()) == 2]
    assert all(axes.get_xlim()[0] == 0 and axes.get_xlim()[1] > 100 for axes in figures[0].axes)
    # The dotted lines of guessing go from edge to edge of the axes.
    drawn = [values for values in map(list, drawn) if values[0] != values[1]]
    assert drawn == [list(table[column]) for column in table.columns[1:]]
