"""CSV tables with a column of CIF text: a cell is read as a file with the same text is."""

from __future__ import annotations

import csv
from io import StringIO
from typing import NamedTuple

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.cif import document
from ccdcgan.prototypes.readers.parts import Part, Piece, one_line

__all__ = ["rows"]

SEPARATORS = (",", ";", "\t", "|")
ID_COLUMNS = ("material_id", "id")
"""Columns that may name the rows, in any case."""


class _Row(NamedTuple):
    number: int
    """From 1; the header is none."""
    cells: list[str]
    problem: str = ""


def rows(text: str, cif_column: str) -> list[Piece]:
    """The rows of a table, named by their ids or numbers, each with the structures of its cell of CIF text.

    Raises
    ------
    Rejected
        ``unreadable`` if no separator gives a column of that name, in any case, or more than one column has it.
    """
    limit = csv.field_size_limit(len(text) + 1)
    try:
        header, separator = _header(text, cif_column)
        column = _column(header, cif_column)
        assert column is not None
        named = next((place for name in ID_COLUMNS if (place := _column(header, name)) is not None), None)
        found = _rows(text, separator)
    finally:
        csv.field_size_limit(limit)
    if not found:
        raise Rejected(Reason.UNREADABLE, "found no rows")
    return [_piece(row, len(header), column, named) for row in found]


def _header(text: str, cif_column: str) -> tuple[list[str], str]:
    """Names of the columns, and the separator that gives the wanted one."""
    headers = {
        separator: next(csv.reader(StringIO(text, newline=""), delimiter=separator), []) for separator in SEPARATORS
    }
    for separator, header in headers.items():
        if _column(header, cif_column) is not None:
            return header, separator
    longest = max(headers.values(), key=len)
    raise Rejected(Reason.UNREADABLE, one_line(f"found columns {', '.join(longest)}, expected {cif_column} among them"))


def _column(header: list[str], name: str) -> int | None:
    """Place of a column: written exactly so, or else in any case."""
    for names, wanted in (([*header], name), ([each.strip().lower() for each in header], name.strip().lower())):
        if names.count(wanted) > 1:
            raise Rejected(Reason.UNREADABLE, one_line(f"found column {name} twice, expected it once"))
        if wanted in names:
            return names.index(wanted)
    return None


def _rows(text: str, separator: str) -> list[_Row]:
    """All rows; one whose quotes do not match, and all that follows, is a row with that problem."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[_Row] = []
    try:
        next(reader)
        for cells in reader:
            if cells:
                rows.append(_Row(len(rows) + 1, cells))
    except csv.Error as error:
        rows.append(_Row(len(rows) + 1, [], f"{error}: this row and all that follows are not read"))
    return rows


def _piece(row: _Row, width: int, column: int, named: int | None) -> Piece:
    name = row.cells[named].strip() if named is not None and named < len(row.cells) else ""

    def parts() -> list[Part]:
        if row.problem or len(row.cells) != width:
            problem = row.problem or f"found {len(row.cells)} cells, expected {width} as in the first line"
            raise Rejected(Reason.UNREADABLE, problem)
        return document.parts(row.cells[column])

    return Piece(name or str(row.number), f"row {row.number}", parts)
