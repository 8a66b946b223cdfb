"""The metrics of models and controls beside the paper's: a page, a figure with intervals, a table for a README."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.figures import pages, style
from ccdcgan.metrics import METRICS, POOLED, kind, label
from ccdcgan.structures import read_table

__all__ = ["as_markdown", "metrics_figure", "metrics_page"]

WIDTH = 0.8
"""Of the bars of one metric together; the metrics are 1 apart."""
NOT_DRAWN = ("rms_displacement", "coverage")
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


def metrics_page(table: Path | str, output: Path | str) -> None:
    """Write metrics as an HTML page: pooled over seeds beside the paper's, then success for each seed.

    Parameters
    ----------
    table
        CSV of `ccdcgan.metrics.gather`.
    output
        HTML file to write.
    """
    every = _read(table)
    rows = _pooled(every)
    models = list(dict.fromkeys(rows["model"]))
    cells = rows.set_index(["metric", "model"]).to_dict("index")
    names = list(dict.fromkeys(rows["metric"]))
    published = [model for model in models if rows.loc[rows["model"] == model, "paper"].notna().any()]
    head: list[tuple[str, int]] = [("", 1), ("of", 1)]
    paper = []
    for model in models:
        head.append((style.series(model).label, 1))
        if model in published:
            head.append(("paper", 1))
            paper.append(len(head) - 1)
    listing = [
        [
            label(name),
            METRICS[kind(name)].of or "mean",
            *(text for model in models for text in _cells(cells.get((name, model)), model in published)),
        ]
        for name in names
    ]
    success = every[every["metric"] == "distinct_metastable"]
    seeds = [
        [
            style.series(row["model"]).label,
            row["seed"],
            f"{row['k']:.0f} / {row['n']:.0f}",
            *(_per_1000(row[name]) for name in ("value", "low", "high", "paper")),
        ]
        for row in success.to_dict("records")
    ]
    sides = ("", "seed", "k / n", "per 1,000", "low", "high", "paper")
    pages.write_page(
        output,
        "Metrics of models and controls",
        [
            "Counts, shares and their 95% Wilson intervals; several seeds of a model are taken together. The number of "
            "relaxations is the currency: a failed relaxation counts among them.",
            "A success is a distinct and meta-stable crystal. The paper's shares are of the crystals that it relaxed.",
        ],
        [
            {"title": "", "head": [head], "rows": listing, "paper": paper},
            {
                "title": "Successes per 1,000 relaxations",
                "head": [[(text, 1) for text in sides]],
                "rows": seeds,
                "paper": [len(sides) - 1],
            },
        ],
        [f"{label(name)}: {METRICS[kind(name)].definition}" for name in names],
    )


def metrics_figure(table: Path | str, output: Path | str) -> None:
    """Draw shares with their intervals as bars, a group for each metric, and the paper's as marks.

    Parameters
    ----------
    table
        CSV of `ccdcgan.metrics.gather`.
    output
        PNG to write, with an SVG beside it.
    """
    rows = _pooled(_read(table))
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


def as_markdown(table: pd.DataFrame) -> str:
    """Metrics as a table in Markdown, several seeds taken together: a row for each metric, a column for each model.

    Parameters
    ----------
    table
        Of `ccdcgan.metrics.gather`.
    """
    rows = _pooled(table)
    models = list(dict.fromkeys(rows["model"]))
    cells = rows.set_index(["metric", "model"]).to_dict("index")
    columns = []
    for model in models:
        columns.append((model, False))
        if rows.loc[rows["model"] == model, "paper"].notna().any():
            columns.append((model, True))
    titles = [f"{style.series(model).label}{', paper' if paper else ''}" for model, paper in columns]
    lines = ["| | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for name in dict.fromkeys(rows["metric"]):
        texts = [_cells(cells.get((name, model)), True)[paper] for model, paper in columns]
        lines.append(f"| {label(name)} | " + " | ".join(" ".join(text.split()) for text in texts) + " |")
    return "\n".join(lines)


def _read(path: Path | str) -> pd.DataFrame:
    return read_table(path).astype({"seed": str})


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of all seeds of a model together, or of its only one."""
    several = set(table.loc[table["seed"] == POOLED, "model"])
    return table[(table["seed"] == POOLED) | ~table["model"].isin(several)]


def _cells(row: Mapping[Any, Any] | None, paper: bool) -> list[str]:
    """What stands in the table for one metric of a model, and for the paper's."""
    if row is None:
        return ["–", *(["–"] if paper else [])]
    if pd.isna(row["k"]):
        ours = "–" if pd.isna(row["value"]) else f"{row['value']:.3f}\n(n = {row['n']:.0f})"
    else:
        ours = f"{row['k']:,.0f} / {row['n']:,.0f}"
        if row["n"]:
            ours += f"\n{100 * row['value']:.1f}% ({100 * row['low']:.1f}–{100 * row['high']:.1f})"
    theirs = (
        "–" if pd.isna(row["paper"]) else f"{row['paper_k']:,.0f} / {row['paper_n']:,.0f}\n{100 * row['paper']:.1f}%"
    )
    return [ours, *([theirs] if paper else [])]


def _per_1000(value: float) -> str:
    return "–" if pd.isna(value) else f"{1000 * value:.0f}"
