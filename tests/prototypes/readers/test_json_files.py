"""JSON as people save it: structures by name, one a line, and answers of OPTIMADE."""

import json
from pathlib import Path
from typing import Any

import pytest
from pymatgen.entries.computed_entries import ComputedStructureEntry

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers import json_files
from ccdcgan.prototypes.readers.content import file_format
from ccdcgan.prototypes.readers.parts import Crystal, attempt
from ccdcgan.prototypes.readers.reading import read
from tests.prototypes.mixed_files import SALT
from tests.prototypes.readers.situations import files_section
from tests.prototypes.sources.optimade_entries import (
    CAESIUM_CHLORIDE,
    ROCK_SALT,
    disordered,
    resource,
    with_attached_atoms,
    with_vacancy,
)
from tests.prototypes.support import limits

STRUCTURE = SALT.as_dict()
ENTRY = ComputedStructureEntry(SALT, -1.0).as_dict()


def outcomes(data: Any) -> dict[str, Any]:
    """Formula, or the reason why there is none, by label."""
    parts = json_files.parts(data if isinstance(data, str) else json.dumps(data))
    assert len({part.label for part in parts}) == len(parts)
    found = {part.label: attempt(part.parse) for part in parts}
    return {
        label: each.structure.composition.reduced_formula if isinstance(each, Crystal) else each.detail
        for label, each in found.items()
    }


# By name.


def test_structures_and_entries_by_name() -> None:
    found = outcomes({"a": STRUCTURE, "mp-1": ENTRY, "c": resource("x", ROCK_SALT)})
    assert found == {"a": "NaCl", "mp-1": "NaCl", "c": "BiSe"}
    assert outcomes({"only": STRUCTURE}) == {"only": "NaCl"}


def test_what_is_no_structure_is_a_reject_with_its_name() -> None:
    found = outcomes({"a": STRUCTURE, "note": "to be relaxed", "list": [STRUCTURE], "none": None, "b": {"lattice": 1}})
    assert found.pop("a") == "NaCl"
    assert set(found) == {"note", "list", "none", "b"}
    assert all("expected a structure of pymatgen" in words for words in found.values())


def test_names_that_are_none_give_way_to_numbers() -> None:
    assert outcomes({"": STRUCTURE, "b": STRUCTURE}) == {"1": "NaCl", "2": "NaCl"}
    assert outcomes({"a\nb": STRUCTURE, "a b": STRUCTURE}) == {"1": "NaCl", "2": "NaCl"}
    assert outcomes({"a\nb": STRUCTURE}) == {"a b": "NaCl"}


@pytest.mark.parametrize("data", [{"molecule": 1}, {}, {"data": []}, {"data": {"lattice": 1}}, {"a": {"b": STRUCTURE}}])
def test_an_object_of_something_else_is_one_reject(data: Any) -> None:
    assert ["expected a structure of pymatgen" in words for words in outcomes(data).values()] == [True]


def test_a_volume_that_is_not_the_lattices() -> None:
    lattice = STRUCTURE["lattice"]
    (words,) = outcomes({**STRUCTURE, "lattice": {**lattice, "volume": 1.5 * lattice["volume"]}}).values()
    assert "though the file says a volume of" in words
    assert outcomes({**STRUCTURE, "lattice": {**lattice, "volume": None}}) == {"": "NaCl"}


# One a line.


@pytest.mark.parametrize("name", ["x.jsonl", "X.NDJSON", "x.json", "x.jsonl.gz"])
def test_a_structure_a_line(tmp_path: Path, name: str) -> None:
    lines = [STRUCTURE, ENTRY, {"no": 1}, resource("x", ROCK_SALT)]
    text = "\n" + "\n\n".join(map(json.dumps, lines)) + "\r\n  \n" + json.dumps(STRUCTURE)[:-9] + "\n"
    (tmp_path / name).write_text(text, newline="")
    found = list(read(tmp_path / name, files_section(), limits()))
    assert [(each.label, each.place) for each in found] == [
        (str(number), f"line {line}") for number, line in ((1, 2), (2, 4), (3, 6), (4, 8), (5, 10))
    ]
    assert [isinstance(each.cell, Rejected) for each in found] == [False, False, True, False, True]
    assert isinstance(found[4].cell, Rejected)
    assert "JSONDecodeError" in found[4].cell.detail


def test_the_header_of_optimade_is_no_structure() -> None:
    lines = [{"x-optimade": {"meta": {"api_version": "1.2.0"}}}, resource("a", ROCK_SALT), {"type": "info", "id": "/"}]
    parts = json_files.lines("\n".join(map(json.dumps, lines)))
    assert [part.place for part in parts] == ["line 2", "line 3"]
    assert isinstance(attempt(parts[0].parse), Crystal)
    assert isinstance(attempt(parts[1].parse), Rejected)


def test_no_lines() -> None:
    found = attempt(lambda: json_files.lines("\n \n"))
    assert isinstance(found, Rejected)
    assert "no structure" in found.detail


def test_a_json_with_more_behind_it_is_refused() -> None:
    """Only where the first value ends its line are there others on theirs."""
    found = attempt(lambda: json_files.parts(json.dumps(STRUCTURE, indent=1) + "\n{}"))
    assert isinstance(found, Rejected)
    assert "Extra data" in found.detail


def test_formats_by_name() -> None:
    assert [file_format(name) for name in ("a.jsonl", "a.ndjson.gz", "a.json", "a.jsonlx")] == [
        "jsonl",
        "jsonl",
        "json",
        None,
    ]


# OPTIMADE.


def test_a_saved_answer() -> None:
    entries = [resource("r/1", ROCK_SALT), disordered(), *with_vacancy(), *with_attached_atoms(), 7]
    answer = {"data": [resource("c", CAESIUM_CHLORIDE)], "meta": {"data_returned": 1}}
    assert outcomes(answer) == {"c": "CsCl"}
    assert outcomes({"data": resource("c", CAESIUM_CHLORIDE), "links": {}}) == {"c": "CsCl"}
    assert outcomes([resource("b", ROCK_SALT), resource("c", CAESIUM_CHLORIDE)]) == {"b": "BiSe", "c": "CsCl"}
    found = outcomes({"data": entries})
    assert len(found) == len(entries)
    assert found["1"] == "BiSe"
    assert "its features are disorder" in found["2"]
    assert "expected a structure" in found[str(len(entries))]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nsites": 3}, "found 2 sites, expected 3"),
        ({"chemical_formula_reduced": "BiSe2"}, "found sites of Bi1 Se1, though its formula is BiSe2"),
        ({"structure_features": None}, "structure_features None"),
        ({"structure_features": ["assemblies"]}, "its features are assemblies"),
        ({"dimension_types": [1, 1, 0]}, "but in 2"),
        ({"dimension_types": None, "nperiodic_dimensions": None}, "neither dimension_types"),
        ({"species": []}, "KeyError"),
        ({"lattice_vectors": [[1, 0, 0]]}, "shapes"),
    ],
)
def test_an_odd_entry_is_one_reject_with_its_id(changes: dict[str, Any], words: str) -> None:
    found = outcomes({"data": [resource("odd", ROCK_SALT, **changes), resource("c", CAESIUM_CHLORIDE)]})
    assert found.pop("c") == "CsCl"
    assert words in found.pop("odd")
    assert not found


def test_entries_of_another_type() -> None:
    (words,) = outcomes({"data": [{"id": "p", "type": "references", "attributes": {}}]}).values()
    assert "found an entry of type 'references', expected structures" in words
