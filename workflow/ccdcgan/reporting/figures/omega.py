"""Stability against variety over the weight of the formation energy in CCDCGAN's loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import style

__all__ = ["draw_shares", "draw_trade_off", "omega"]

SHARES = {
    "decoded": ("decoded, of all graphs", style.BLACK, "s"),
    "metastable": ("meta-stable, of relaxations", style.GREEN, "o"),
    "distinct": ("distinct, of relaxations", style.SKY_BLUE, "^"),
    "distinct_metastable": ("both, of relaxations", style.VERMILION, "D"),
}
"""Quantity -> label, colour and marker."""


def omega(table: Path | str, output: Path | str) -> None:
    """Draw the shares of stable structures against the weight, and against the variety of what was made.

    Parameters
    ----------
    table
        CSV of `ccdcgan.judging.studies.compare`, one training for each weight.
    output
        PNG to write, with an SVG beside it.
    """
    rows = read_table(table)
    with style.figure(output, 7.2, 3.7) as figure:
        shares, trade_off = figure.subplots(1, 2)
        draw_shares(shares, rows)
        draw_trade_off(trade_off, rows)
        for axes, letter in ((shares, "a"), (trade_off, "b")):
            style.panel(axes, letter)
        figure.legend(*shares.get_legend_handles_labels(), loc="outside upper center", ncols=2)


def draw_shares(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw shares with their 95% intervals, the weights side by side in their order.

    Parameters
    ----------
    axes
        To draw on.
    rows
        Columns ``weight, quantity, value, low, high``.
    """
    weights = sorted(rows["weight"].unique())
    for number, (quantity, (label, colour, marker)) in enumerate(SHARES.items()):
        own = rows[rows["quantity"] == quantity].set_index("weight").loc[weights]
        # Side by side, so that no interval hides another.
        x = np.arange(len(weights)) + 0.1 * (number - (len(SHARES) - 1) / 2)
        _errors(axes, x, own["value"], own, colour=colour, marker=marker, label=label, line=":")
    axes.set_xticks(np.arange(len(weights)), [f"{weight:g}" for weight in weights])
    axes.set(xlabel="weight $\\omega$ (0: DCGAN)", ylim=(0, None), ylabel="share, 95% interval")
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def draw_trade_off(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the share of meta-stable structures against the effective number of formulas, a point for each weight."""
    label, colour, marker = SHARES["metastable"]
    stable = rows[rows["quantity"] == "metastable"].set_index("weight").sort_index()
    variety = rows[rows["quantity"] == "effective_formulas"].set_index("weight")["value"].loc[stable.index]
    _errors(axes, variety.to_numpy(float), stable["value"], stable, colour=colour, marker=marker, label=label, line=":")
    for place, (weight, share, formulas) in enumerate(zip(stable.index, stable["value"], variety, strict=True)):
        if np.isfinite(formulas) and np.isfinite(share):
            offset = (5, (4, -11)[place % 2])
            axes.annotate(f"{weight:g}", (formulas, share), offset, textcoords="offset points", fontsize=8.5)
    axes.margins(x=0.25)
    axes.set(xlabel="effective number of formulas", ylim=(0, None), ylabel="meta-stable, of relaxations")
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _errors(
    axes: Axes,
    x: np.ndarray,
    value: pd.Series,
    bounds: pd.DataFrame,
    *,
    colour: str,
    marker: str,
    label: str,
    line: str,
) -> None:
    """Points with their intervals, joined in their order."""
    y = value.to_numpy(float)
    # Wilson's bounds of 0 and of 1 may miss the share itself by a rounding error.
    reach = np.clip([y - bounds["low"].to_numpy(float), bounds["high"].to_numpy(float) - y], 0, None)
    axes.errorbar(
        x,
        y,
        yerr=reach,
        color=colour,
        marker=marker,
        markersize=5,
        linestyle=line,
        linewidth=0.8,
        capsize=2,
        label=label,
    )
