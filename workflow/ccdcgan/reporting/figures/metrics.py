"""The metrics of models and controls with their intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.judging.model_metrics import kind, label, pooled, read_metrics
from ccdcgan.reporting import style

__all__ = ["metrics_figure"]

WIDTH = 0.8
"""Of the bars of one metric together; the metrics are 1 apart."""
NOT_DRAWN = ("rms_displacement", "coverage", "nearest_learnt", "nearest_learnt_held_out")
"""They are no fractions of what a model made."""
ENERGETIC = (
    "negative_formation_energy",
    "metastable",
    "stable",
    "distinct_metastable",
    "distinct_stable",
    "sun",
)
"""Metrics of the second panel."""


def metrics_figure(table: Path | str, output: Path | str) -> None:
    """Draw shares with their intervals as bars, a group for each metric, and the paper's as marks.

    Parameters
    ----------
    table
        CSV of `ccdcgan.judging.model_metrics.gather`.
    output
        PNG to write, with an SVG beside it.
    """
    rows = pooled(read_metrics(table))
    rows = rows[~rows["metric"].isin(NOT_DRAWN)]
    models, names = list(dict.fromkeys(rows["model"])), list(dict.fromkeys(rows["metric"]))
    halves = [[name for name in names if (kind(name) in ENERGETIC) == energetic] for energetic in (False, True)]
    with style.figure(output, 8.4, 1.0 + (0.11 * len(models) + 0.1) * max(map(len, halves))) as figure:
        panels = figure.subplots(1, 2)
        for axes, half, letter in zip(panels, halves, "ab", strict=True):
            _draw(axes, rows, models, half)
            style.panel(axes, letter)
        figure.supxlabel("share (%), with 95% Wilson interval", fontsize=10)
        handles, labels = panels[0].get_legend_handles_labels()
        unique = dict(zip(labels, handles, strict=True))
        figure.legend(unique.values(), unique.keys(), loc="outside upper center", ncols=4)


def _draw(axes: Axes, rows: pd.DataFrame, models: list[str], names: list[str]) -> None:
    """Draw the bars of some metrics."""
    height = WIDTH / len(models)
    for index, model in enumerate(models):
        look = style.series(model)
        own = rows[rows["model"] == model].set_index("metric").reindex(names)
        places = np.arange(len(names)) - WIDTH / 2 + (index + 0.5) * height
        value, low, high, paper = (100 * own[name].to_numpy(dtype=float) for name in ("value", "low", "high", "paper"))
        axes.barh(places, value, height, color=look.colour, alpha=0.55, label=look.label)
        errors = np.maximum([value - low, high - value], 0)
        axes.errorbar(value, places, xerr=errors, fmt="none", ecolor="0.15", elinewidth=0.8, capsize=1.5)
        if not np.isnan(paper).all():
            axes.scatter(paper, places, marker="D", s=12, color=style.BLACK, zorder=3, label="paper")
    labels = [label(name) for name in names]
    axes.set(xlim=(0, 100), ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), yticklabels=labels)
    axes.tick_params(axis="y", length=0)
