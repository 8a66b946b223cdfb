"""The funnel of a run, beside the published counts where it is of the paper's system."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ccdcgan.reporting import html as pages
from ccdcgan.reporting import style
from ccdcgan.runs.published import read_published

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


def compare(funnel: Path | str, published: Path | str, system: Sequence[str], output: Path | str) -> None:
    """Write the counts of a run, beside the paper's if they are of one system, as a page with a CSV table beside it.

    Parameters
    ----------
    funnel
        JSON of the run's counts.
    published
        JSON of the paper's counts.
    system
        Element symbols of the run.
    output
        HTML file to write.
    """
    ours, paper = json.loads(Path(funnel).read_text()), read_published(published, system)
    rows = comparison_table(ours, paper)
    rows.to_csv(Path(output).with_suffix(".csv"), index=False)
    comparison_page(rows, ours, paper, output)


def comparison_table(funnel: Counts, published: Counts) -> pd.DataFrame:
    """Every count of the run and of the paper, with the count that it is a fraction of.

    Parameters
    ----------
    funnel
        Counts of the run.
    published
        Counts of the paper, as `read_published` gives them.

    Returns
    -------
    DataFrame
        Columns ``block`` (database or a model), ``count``, ``run``, ``run_of``, ``run_percent``, ``paper``,
        ``paper_of``, ``paper_percent``; nan where a count was not made or not published.
    """
    papers = published["models"]
    database = _database(published["database"]) if "database" in published else {}
    blocks = [("database", DATABASE_ROWS, _database(funnel["database"]), database)]
    for name in dict.fromkeys([*papers, *funnel["models"]]):
        blocks.append((name, MODEL_ROWS, _model(funnel["models"].get(name, {})), papers.get(name, {})))
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
    letters = {(note["block"], note["count"]): f" [{chr(ord('a') + index)}]" for index, note in enumerate(notes)}
    cells: Cells = table.set_index(["block", "count"]).to_dict("index")
    papers = ["database"] * ("database" in published) + list(published["models"])

    def sides(block: str, count: str) -> list[str]:
        row = cells[block, count]
        ours = _cell(row, "run", count)
        if block not in papers:
            return [ours]
        first, *rest = _cell(row, "paper", count).split("\n")
        return [ours, "\n".join([first + letters.get((block, count), ""), *rest])]

    models = [name for name in dict.fromkeys(table["block"]) if name != "database"]
    title, scale = _scale(cells, models, papers)
    pages.write_page(
        output,
        title,
        [
            scale,
            "Each cell is a count, what it is a fraction of, and the fraction. What stands below “relaxed” is a "
            f"fraction of the relaxed structures{' (paper: of those that were to be relaxed)' if papers else ''}. "
            "Meta-stable includes stable. Distinct: matches no structure of the database and no candidate counted "
            "before.",
        ],
        [
            _counts("Database", {"database": ""}, DATABASE_ROWS, sides, papers),
            _counts("Models", {name: style.SERIES[name].label for name in models}, MODEL_ROWS, sides, papers),
            _rejections(funnel),
        ],
        [note["text"] for note in notes],
    )


def _counts(
    title: str,
    labels: Mapping[str, str],
    names: Mapping[str, tuple[str, str | None]],
    sides: Callable[[str, str], list[str]],
    papers: Sequence[str],
) -> dict[str, Any]:
    """Table of some blocks: this run's column of each, and the paper's where it has the block."""
    widths = [2 if block in papers else 1 for block in labels]
    columns = [name for width in widths for name in ("this run", "paper")[:width]]
    head = [[("", 1), *((name, 1) for name in columns)]]
    if any(labels.values()):
        head.insert(0, [("", 1), *zip(labels.values(), widths, strict=True)])
    return {
        "title": title,
        "head": head,
        "rows": [
            [text, *(cell for block in labels for cell in sides(block, count))] for count, (text, _) in names.items()
        ],
        "paper": [place for place, name in enumerate(columns, start=1) if name == "paper"],
    }


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


def _scale(cells: Cells, models: Sequence[str], papers: Sequence[str]) -> tuple[str, str]:
    """Title and sentence that say how large the run is, and beside the paper's, from the counts."""
    generated = max(
        (cells[name, "generated"] for name in models if name in papers or not papers),
        key=lambda row: np.nan_to_num(row["run"]),
    )
    database = cells["database", "relaxed"]
    counts = [
        f"This run generated {generated['run']:,.0f} crystal graphs for each model",
        f"learned from {database['run']:,.0f} relaxed structures",
    ]
    if not papers:
        return "Counts of this run", " and ".join(counts) + "."
    small = generated["run"] < generated["paper"] or database["run"] < database["paper"]
    title = "Laptop-scale run beside the paper, not at its scale" if small else "Run beside the paper, at its scale"
    sentence = " and ".join(
        f"{text} (paper: {row['paper']:,.0f}, {_times(row)})"
        for text, row in zip(counts, (generated, database), strict=True)
    )
    return title, sentence + "." + (" Compare the fractions, not the counts." if small else "")


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
