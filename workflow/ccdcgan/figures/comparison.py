"""The funnel of a run beside the published counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ccdcgan.figures import pages, style

__all__ = ["compare", "comparison_page", "comparison_table"]

Counts = Mapping[str, Any]
Cells = dict[Any, dict[Any, Any]]

DATABASE_ROWS = {
    "prototypes": ("prototypes", None),
    "relaxed": ("relaxed", "prototypes"),
    "negative_formation_energy": ("negative formation energy", "relaxed"),
    "metastable": ("meta-stable", "relaxed"),
    "stable": ("stable", "relaxed"),
    "reconstructed": ("reconstructed by the autoencoders", "reconstructed_n"),
    "reconstructed_train": ("– training structures", "reconstructed_train_n"),
    "reconstructed_held_out": ("– held-out structures", "reconstructed_held_out_n"),
}
"""Count -> what it is called, and the count that it is a fraction of."""

MODEL_ROWS = {
    "generated": ("2D crystal graphs generated", None),
    "decoded": ("decoded into crystal structures", "generated"),
    "kept": ("kept for relaxation", "decoded"),
    "relaxed": ("relaxed", "kept"),
    "negative_formation_energy": ("negative formation energy", "relaxed"),
    "metastable": ("meta-stable", "relaxed"),
    "stable": ("stable", "relaxed"),
    "distinct": ("distinct", "relaxed"),
    "distinct_metastable": ("distinct and meta-stable", "relaxed"),
    "distinct_stable": ("distinct and stable", "relaxed"),
    "mean_formation_energy": ("mean formation energy (eV/atom)", None),
}


def compare(funnel: Path | str, published: Path | str, page: Path | str, table: Path | str) -> None:
    """Write the counts of a run beside the paper's, as an HTML page and as a CSV table.

    Parameters
    ----------
    funnel
        JSON of the run's counts.
    published
        JSON of the paper's counts.
    page, table
        HTML and CSV file to write.
    """
    ours, paper = (json.loads(Path(path).read_text()) for path in (funnel, published))
    rows = comparison_table(ours, paper)
    rows.to_csv(table, index=False)
    comparison_page(rows, ours, paper, page)


def comparison_table(funnel: Counts, published: Counts) -> pd.DataFrame:
    """Every count of the run and of the paper, with the count that it is a fraction of.

    Returns
    -------
    DataFrame
        Columns ``block`` (database or a model), ``count``, ``run``, ``run_of``, ``run_percent``, ``paper``,
        ``paper_of``, ``paper_percent``; nan where a count was not made or not published.
    """
    blocks = [("database", DATABASE_ROWS, _database(funnel["database"]), _database(published["database"]))]
    for name, paper in published["models"].items():
        blocks.append((name, MODEL_ROWS, _model(funnel["models"].get(name, {})), paper))
    rows = []
    for block, names, *sides in blocks:
        for count, (_, of) in names.items():
            row: dict[str, Any] = {"block": block, "count": count}
            for side, counts in zip(("run", "paper"), sides, strict=True):
                value, whole = counts.get(count), _whole(counts, of)
                percent = 100 * value / whole if value is not None and whole else None
                row |= {side: value, f"{side}_of": whole, f"{side}_percent": percent}
            rows.append(row)
    return pd.DataFrame(rows).astype(dict.fromkeys(["run", "run_of", "paper", "paper_of"], float)).round(6)


def _whole(counts: Counts, of: str | None) -> int | None:
    """Denominator of a fraction; without a number of relaxed structures (the paper gives none) those to be relaxed."""
    if of == "relaxed" and counts.get("relaxed") is None:
        of = "kept"
    return counts.get(of) if of else None


def _database(counts: Counts) -> dict[str, Any]:
    """Counts of a database block on one level, with the splits of the reconstruction added up if there are any."""
    flat = dict(counts)
    splits = flat.pop("reconstructed")
    if "matched" in splits:
        whole = splits
    else:
        whole = {key: sum(split[key] for split in splits.values()) for key in ("n", "matched")}
        for name, split in splits.items():
            flat |= {f"reconstructed_{name}": split["matched"], f"reconstructed_{name}_n": split["n"]}
    return flat | {"reconstructed": whole["matched"], "reconstructed_n": whole["n"]}


def _model(counts: Counts) -> dict[str, Any]:
    """Counts of a model, with those that were to be relaxed; empty if the model was not run."""
    if not counts:
        return {}
    failed = sum(n for reason, n in counts["rejected"].items() if reason.startswith("relaxation."))
    return {**counts, "kept": counts["relaxed"] + failed}


def comparison_page(table: pd.DataFrame, funnel: Counts, published: Counts, output: Path | str) -> None:
    """Write the table of `comparison_table` as a page, with the reasons of all rejections and the notes on the paper.

    Parameters
    ----------
    table
        Of `comparison_table`.
    funnel, published
        The counts it was made from.
    output
        HTML file to write.
    """
    notes = published["notes"]
    letters = {(note["block"], note["count"]): chr(ord("a") + index) for index, note in enumerate(notes)}
    cells: Cells = table.set_index(["block", "count"]).to_dict("index")

    def pair(block: str, count: str) -> list[str]:
        row = cells[block, count]
        paper = _cell(row, "paper", count)
        if (block, count) in letters:
            paper = (
                paper.replace("\n", f" [{letters[block, count]}]\n")
                if "\n" in paper
                else f"{paper} [{letters[block, count]}]"
            )
        return [_cell(row, "run", count), paper]

    models = list(published["models"])
    labels = [style.SERIES[name].label for name in models]
    sides = [("this run", 1), ("paper", 1)]
    tables = [
        {
            "title": "Database",
            "head": [[("", 1), *sides]],
            "rows": [[text, *pair("database", count)] for count, (text, _) in DATABASE_ROWS.items()],
            "paper": [2],
        },
        {
            "title": "Models",
            "head": [[("", 1), *((label, 2) for label in labels)], [("", 1), *sides * len(models)]],
            "rows": [
                [text, *(cell for name in models for cell in pair(name, count))]
                for count, (text, _) in MODEL_ROWS.items()
            ],
            "paper": list(range(2, 2 * len(models) + 1, 2)),
        },
        _rejections(funnel),
    ]
    pages.write_page(
        output,
        _scale(cells, models)[0],
        [
            _scale(cells, models)[1],
            "Each cell is a count, what it is a fraction of, and the fraction. What stands below “relaxed” is a "
            "fraction of the relaxed structures (paper: of those that were to be relaxed). Meta-stable includes "
            "stable. Distinct: matches no structure of the database and no candidate counted before.",
        ],
        tables,
        [note["text"] for note in notes],
    )


def _cell(row: Counts, side: str, count: str) -> str:
    value, whole = row[side], row[f"{side}_of"]
    if pd.isna(value):
        return "–"
    if count == "mean_formation_energy":
        return pages.energy(value) if side == "run" else f"{value:.2f}".replace("-", style.MINUS)
    if pd.isna(whole):
        return f"{value:,.0f}"
    percent = f"\n{row[f'{side}_percent']:.1f}%" if whole else ""
    return f"{value:,.0f} / {whole:,.0f}{percent}"


def _scale(cells: Cells, models: list[str]) -> tuple[str, str]:
    """Title and sentence that say how large the run is beside the paper's, from the counts."""
    generated = max((cells[name, "generated"] for name in models), key=lambda row: np.nan_to_num(row["run"]))
    database = cells["database", "relaxed"]
    small = generated["run"] < generated["paper"] or database["run"] < database["paper"]
    title = "Laptop-scale run beside the paper, not at its scale" if small else "Run beside the paper, at its scale"
    sentence = (
        f"This run generated {generated['run']:,.0f} crystal graphs for each model (paper: {generated['paper']:,.0f}, "
        f"{_times(generated)}) and learned from {database['run']:,.0f} relaxed structures (paper: "
        f"{database['paper']:,.0f}, {_times(database)})."
    )
    return title, sentence + (" Compare the fractions, not the counts." if small else "")


def _times(row: Counts) -> str:
    if not row["run"]:
        return "this run has none"
    ratio = row["paper"] / row["run"]
    return f"{ratio:.1f} times as many" if ratio > 1 else f"{1 / ratio:.1f} times fewer" if ratio < 1 else "as many"


def _rejections(funnel: Counts) -> dict[str, Any]:
    """Table of how many structures each block lost for which reason."""
    # Structures of the database can only be lost by relaxation, so their reasons do not name it.
    database = {f"relaxation.{reason}": count for reason, count in funnel["database"]["rejected"].items()}
    blocks = {"database": database, **{name: model["rejected"] for name, model in funnel["models"].items()}}
    reasons = sorted({reason for rejected in blocks.values() for reason in rejected})
    labels = [name if name == "database" else style.SERIES[name].label for name in blocks]
    return {
        "title": "Rejected in this run, by reason",
        "head": [[("", 1), *((label, 1) for label in labels)]],
        "rows": [
            [
                reason.replace(".", ": ").replace("_", " "),
                *(f"{rejected.get(reason, 0):,}" for rejected in blocks.values()),
            ]
            for reason in reasons
        ],
        "paper": [],
    }
