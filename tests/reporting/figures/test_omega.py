from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ccdcgan.judging.intervals import interval
from ccdcgan.reporting.figures.omega import SHARES, draw_shares, draw_trade_off, omega

WEIGHTS = {0.1: (3, 8.0), 0.0: (0, 9.5), 1.0: (20, 2.0)}
"""Weight -> number of meta-stable structures of 20, effective number of formulas."""


def table() -> pd.DataFrame:
    rows = []
    for weight, (stable, formulas) in WEIGHTS.items():
        for quantity in SHARES:
            k = stable if quantity == "metastable" else 10
            low, high = interval(k, 20)
            rows.append({"weight": weight, "quantity": quantity, "value": k / 20, "low": low, "high": high})
        rows.append({"weight": weight, "quantity": "effective_formulas", "value": formulas})
    return pd.DataFrame(rows)


def test_shares_stand_over_the_weights_in_order() -> None:
    axes = Figure().subplots()
    draw_shares(axes, table())
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "0.1", "1"]
    containers, labels = axes.get_legend_handles_labels()
    assert labels == [label for label, _, _ in SHARES.values()]
    line, _, (bars,) = containers[labels.index("meta-stable, of relaxations")].lines
    np.testing.assert_allclose(line.get_ydata(), [0, 0.15, 1])
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, [interval(0, 20), interval(3, 20), interval(20, 20)], atol=1e-12)
    assert np.abs(np.array(line.get_xdata()) - [0, 1, 2]).max() < 0.5


def test_the_trade_off_names_each_weight() -> None:
    axes = Figure().subplots()
    draw_trade_off(axes, table())
    places = {text.get_text(): text.xy for text in axes.texts}
    assert places == {f"{weight:g}": (formulas, k / 20) for weight, (k, formulas) in WEIGHTS.items()}


def test_a_weight_whose_training_made_nothing(tmp_path: Path, figures: list[Figure]) -> None:
    rows = table()
    rows.loc[rows["weight"] == 1, ["value", "low", "high"]] = np.nan
    rows.to_csv(tmp_path / "omega.csv", index=False)
    omega(tmp_path / "omega.csv", tmp_path / "omega.png")
    assert {text.get_text() for text in figures[0].axes[1].texts} == {"0", "0.1"}
    assert [axes.get_title(loc="left") for axes in figures[0].axes] == ["a", "b"]
