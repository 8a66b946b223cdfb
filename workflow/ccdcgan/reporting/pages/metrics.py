"""The metrics of models and controls beside the paper's, as a page and as a table for a README."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ccdcgan.judging.model_metrics import METRICS, kind, label, pooled, read_metrics
from ccdcgan.reporting import html as pages
from ccdcgan.reporting import style

__all__ = ["as_markdown", "metrics_page"]


def metrics_page(table: Path | str, output: Path | str) -> None:
    """Write metrics as an HTML page: pooled over seeds beside the paper's, then success for each seed.

    Parameters
    ----------
    table
        CSV of `ccdcgan.judging.model_metrics.gather`.
    output
        HTML file to write.
    """
    every = read_metrics(table)
    rows = pooled(every)
    names = list(dict.fromkeys(rows["metric"]))
    pages.write_page(
        output,
        "Metrics of models and controls",
        [
            "Counts, shares and their 95% Wilson intervals; several seeds of a model are taken together. The number of "
            "relaxations is the currency: a failed relaxation counts among them.",
            "A success is a distinct and meta-stable crystal. The paper's shares are of the crystals that it relaxed.",
        ],
        [_shares(rows, names), _successes(every)],
        [f"{label(name)}: {METRICS[kind(name)].definition}" for name in names],
    )


def _shares(rows: pd.DataFrame, names: list[str]) -> dict[str, Any]:
    """Table of the page: a row for each metric, a column for each model and for the paper's of the same name."""
    columns = _columns(rows)
    cells = rows.set_index(["metric", "model"]).to_dict("index")
    titles = ["paper" if paper else style.series(model).label for model, paper in columns]
    return {
        "title": "",
        "head": [[(text, 1) for text in ("", "of", *titles)]],
        "rows": [
            [
                label(name),
                METRICS[kind(name)].of or "mean",
                *(_cell(cells.get((name, model)), paper) for model, paper in columns),
            ]
            for name in names
        ],
        "paper": [place + 2 for place, (_, paper) in enumerate(columns) if paper],
    }


def _successes(every: pd.DataFrame) -> dict[str, Any]:
    """Table of the page: successes of each seed."""
    sides = ("", "seed", "k / n", "per 1,000", "low", "high", "paper")
    return {
        "title": "Successes per 1,000 relaxations",
        "head": [[(text, 1) for text in sides]],
        "rows": [
            [
                style.series(row["model"]).label,
                row["seed"],
                f"{row['k']:.0f} / {row['n']:.0f}",
                *(_per_1000(row[name]) for name in ("value", "low", "high", "paper")),
            ]
            for row in every[every["metric"] == "distinct_metastable"].to_dict("records")
        ],
        "paper": [len(sides) - 1],
    }


def as_markdown(table: pd.DataFrame) -> str:
    """Metrics as a table in Markdown, several seeds taken together: a row for each metric, a column for each model.

    Parameters
    ----------
    table
        Of `ccdcgan.judging.model_metrics.gather`.
    """
    rows = pooled(table)
    columns = _columns(rows)
    cells = rows.set_index(["metric", "model"]).to_dict("index")
    titles = [f"{style.series(model).label}{', paper' if paper else ''}" for model, paper in columns]
    lines = ["| | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for name in dict.fromkeys(rows["metric"]):
        texts = [_cell(cells.get((name, model)), paper) for model, paper in columns]
        lines.append(f"| {label(name)} | " + " | ".join(" ".join(text.split()) for text in texts) + " |")
    return "\n".join(lines)


def _columns(rows: pd.DataFrame) -> list[tuple[str, bool]]:
    """Each model, followed by the paper's of the same name where the paper gives any of its metrics."""
    columns = []
    for model, own in rows.groupby("model", sort=False):
        columns += [(str(model), paper) for paper in (False, True) if not paper or own["paper"].notna().any()]
    return columns


def _cell(row: Mapping[Hashable, Any] | None, paper: bool) -> str:
    """What stands in the tables for one metric of a model, or for the paper's."""
    if row is None:
        return "–"
    if paper:
        if pd.isna(row["paper"]):
            return "–"
        return f"{row['paper_k']:,.0f} / {row['paper_n']:,.0f}\n{100 * row['paper']:.1f}%"
    if pd.isna(row["k"]):
        return "–" if pd.isna(row["value"]) else f"{row['value']:.3f}\n(n = {row['n']:.0f})"
    share = f"\n{100 * row['value']:.1f}% ({100 * row['low']:.1f}–{100 * row['high']:.1f})" if row["n"] else ""
    return f"{row['k']:,.0f} / {row['n']:,.0f}{share}"


def _per_1000(value: float) -> str:
    return "–" if pd.isna(value) else f"{1000 * value:.0f}"
