"""The known phases that come back from more and more crystal graphs, as a page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import html as pages
from ccdcgan.reporting import style

__all__ = ["samples_page"]


def samples_page(table: Path | str, output: Path | str) -> None:
    """Write the counts of `ccdcgan.judging.rediscovery.rediscovered` as an HTML page.

    Parameters
    ----------
    table
        CSV of these counts.
    output
        HTML file to write.
    """
    counts = read_table(table)
    tables = []
    for model, rows in counts.groupby("model", sort=False):
        sizes = list(dict.fromkeys(rows["samples"]))
        cells = [
            [
                pages.formula(str(phase)),
                of_phase["n_atoms"].iloc[0],
                *(cell for _, row in of_phase.iterrows() for cell in _cells(row)),
            ]
            for phase, of_phase in rows.groupby("phase", sort=False)
        ]
        found = rows[rows["found"] > 0].groupby("samples")["phase"].nunique().reindex(sizes, fill_value=0)
        summary = ", ".join(f"{found[size]} of {rows['phase'].nunique()} from {size:,} graphs" for size in sizes)
        tables.append(
            {
                "title": f"{style.series(str(model)).label}: {summary}",
                "head": [
                    [("", 2), *((f"{size:,} graphs", 3) for size in sizes)],
                    [(text, 1) for text in ("phase", "atoms", *("decoded", "relaxed", "found") * len(sizes))],
                ],
                "rows": cells,
                "paper": [],
            }
        )
    introduction = [
        "Known phases, and crystals of each model: decoded ones of the composition, those of them that "
        "could become it (a whole number of its primitive cells) and were relaxed, and those that match it afterwards "
        "(in brackets: before)."
    ]
    pages.write_page(output, "Known phases that came back", introduction, tables)


def _cells(row: pd.Series) -> list[str]:
    return [f"{row['decoded']:,}", f"{row['relaxed']:,}", f"{row['found']:,} ({row['found_before']:,})"]
