"""CSV: columns, separators, and cells that are read as files are."""

import contextlib
import csv
from io import StringIO
from typing import Any

import pandas as pd
import pytest

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers import tables
from ccdcgan.prototypes.readers.cif import document
from ccdcgan.prototypes.readers.parts import Crystal, attempt
from tests.prototypes.mixed_files import CIF

BROKEN = CIF.replace("_cell_length_a", "_cell_length_q")


def table(separator: str = ",", **columns: list[Any]) -> str:
    return pd.DataFrame(columns).to_csv(index=False, sep=separator)


def read(text: str, column: str = "cif") -> dict[str, Crystal | Rejected]:
    """Every structure by label."""
    found: dict[str, Crystal | Rejected] = {}
    for piece in tables.rows(text, column):
        parts = attempt(piece.parts)
        if isinstance(parts, Rejected):
            found[piece.label] = parts
        else:
            found.update({piece.label_of(part): attempt(part.parse) for part in parts})
    return found


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("column", ["cif", "CIF", "Cif ", "my cif"])
@pytest.mark.parametrize("name", ["material_id", "ID"])
def test_separators_and_names_of_columns(separator: str, column: str, name: str) -> None:
    text = table(separator, **{"": [0, 1], name: ["a", "b"], "note": ["x,y;z", "|\t"], column: [CIF, CIF]})
    found = read(text, "my cif" if column == "my cif" else "cif")
    assert list(found) == ["a", "b"]
    assert all(isinstance(each, Crystal) for each in found.values())


def test_a_cell_is_read_as_a_file() -> None:
    """Several blocks are several structures, broken ones among them, and remarks are the same."""
    two, three = CIF + CIF, CIF + BROKEN + CIF
    found = read(table(id=["a", "b", "c"], cif=[two, three, CIF]))
    assert list(found) == ["a#1", "a#2", "b#1", "b#2", "b#3", "c"]
    assert [isinstance(each, Crystal) for each in found.values()] == [True, True, True, False, True, True]
    for label, text in (("a", two), ("b", three), ("c", CIF)):
        for part in document.parts(text):
            alone, inside = attempt(part.parse), found[f"{label}#{part.label}" if part.label else label]
            if isinstance(alone, Rejected):
                assert isinstance(inside, Rejected)
                assert (alone.reason, alone.detail) == (inside.reason, inside.detail)
            else:
                assert alone == inside


def test_places() -> None:
    pieces = tables.rows(table(cif=[CIF, CIF + CIF]), "cif")
    places = [piece.place_of(part) for piece in pieces for part in piece.parts()]
    assert places[0].startswith("row 1, block 1, data_")
    assert [place[:14] for place in places] == ["row 1, block 1", "row 2, block 1", "row 2, block 2"]


def test_rows_without_ids_have_numbers() -> None:
    assert list(read(table(id=["", "x"], cif=[CIF, CIF]))) == ["1", "x"]
    assert list(read(table(cif=[CIF, ""]))) == ["1", "2"]


def test_a_row_of_another_length_is_one_reject() -> None:
    buffer = StringIO()
    csv.writer(buffer).writerows([["id", "cif"], ["a", CIF], ["b", CIF, "more"], ["c"], [], ["d", CIF]])
    found = read(buffer.getvalue())
    assert [isinstance(found[name], Crystal) for name in "abcd"] == [True, False, False, True]
    assert "found 3 cells, expected 2" in found["b"].detail


@pytest.mark.parametrize("row", ['c,"never closed', 'c,"closed" and more'])
def test_quotes_that_do_not_match_are_told(row: str) -> None:
    """What follows cannot be told from the cell, so it is refused with it."""
    found = read(table(id=["a", "b"], cif=[CIF, CIF]) + row + f'\nd,"{CIF}"\n')
    assert list(found) == ["a", "b", "3"]
    assert "all that follows are not read" in found["3"].detail


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("id,text\na,b\n", "found columns id, text, expected cif among them"),
        ("cif,CIF,Cif\n", "no rows"),
        ("CIF,Cif\nx,y\n", "found column cif twice"),
        ("", "expected cif among them"),
    ],
)
def test_tables_that_cannot_be_used(header: str, words: str) -> None:
    rejected = attempt(lambda: tables.rows(header, "cif"))
    assert isinstance(rejected, Rejected)
    assert words in rejected.detail


@pytest.mark.parametrize("text", ["", "id,cif\na,b\n", "id,structure\na,b\n"])
def test_other_readers_of_tables_keep_their_limit(text: str) -> None:
    before = csv.field_size_limit()
    with contextlib.suppress(Rejected):
        tables.rows(text, "cif")
    assert csv.field_size_limit() == before
