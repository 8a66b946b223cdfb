"""Pages in Markdown that a program writes in part."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["as_table", "between_markers"]


def as_table(table: pd.DataFrame) -> str:
    """A table in Markdown; numbers that are not whole have three decimals, and missing values are empty."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    for row in table.itertuples(index=False):
        lines.append("| " + " | ".join(_cell(cell) for cell in row) + " |")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return f"{round(value, 3) + 0.0:.3f}" if isinstance(value, float) else str(value)


def between_markers(text: str, generated: str, markers: tuple[str, str]) -> str:
    """Put generated text between the two markers of a page; what stands around them is kept.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    first, last = markers
    if first not in text or last not in text:
        raise ValueError(f"page: found no pair of markers, expected {first} and {last}")
    before, _, rest = text.partition(first)
    after = rest.partition(last)[2]
    return f"{before}{first}\n\n{generated.strip()}\n\n{last}{after}"
