"""JSON: structures of pymatgen, entries that hold one, OPTIMADE's entries; one, a list, by name, or one a line.

Only numbers and symbols are read: pymatgen's own decoder imports whatever module the data name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.optimade_json import check_contents, is_entry, structure_from_attributes
from ccdcgan.prototypes.readers.parts import Crystal, Part, numbered, one_line
from ccdcgan.prototypes.readers.pymatgen_json import structure_from_json

__all__ = ["lines", "parts"]

EXTRA = "Extra data"
"""What Python says of a text that goes on behind its first value."""
OPTIMADE_HEADER = '{"x-optimade"'
"""How the first line of OPTIMADE's JSON lines begins, which holds no structure."""


def parts(text: str) -> list[Part]:
    """The structures of a file: a value, or a value on each line."""
    try:
        data = _value(text)
    except json.JSONDecodeError as error:
        if error.msg == EXTRA and "\n" not in text[: error.pos].strip():
            return lines(text)
        raise
    if isinstance(data, list):
        return _with_labels([_id(each) for each in data], data)
    if _holds_one(data) or not isinstance(data, dict):
        return _with_labels([None], [data])
    answer = data.get("data")
    entries = answer if isinstance(answer, list) else [answer]
    if any(map(is_entry, entries)):
        return _with_labels([_id(each) for each in entries], entries)
    if any(map(_holds_one, data.values())):
        return _with_labels([*data], [*data.values()])
    return _with_labels([None], [data])


def lines(text: str) -> list[Part]:
    """The structures of a file with one on each line; an empty line is none."""
    found = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    found = [(number, line) for number, line in found if not line.lstrip().startswith(OPTIMADE_HEADER)]
    return numbered(lambda line: _crystal(_value(line)), [(f"line {number}", line) for number, line in found])


def _value(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose keys is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise Rejected(Reason.UNREADABLE, one_line(f"found key {twice!r} twice in one object"))
    return found


def _holds_one(data: Any) -> bool:
    """Whether something is a structure, or an entry with one, by its form."""
    if not isinstance(data, dict):
        return False
    return {"lattice", "sites"} <= set(data) or isinstance(data.get("structure"), dict) or is_entry(data)


def _id(data: Any) -> Any:
    """What an entry of OPTIMADE calls itself; None for all else."""
    return data.get("id") if is_entry(data) else None


def _with_labels(names: Sequence[Any], found: Sequence[Any]) -> list[Part]:
    """Parts labelled by their names where each has one of its own, else by running numbers."""
    each = numbered(_crystal, [(f"structure {number}", one) for number, one in enumerate(found, 1)])
    labels = [one_line(name) if isinstance(name, str) else "" for name in names]
    if "" in labels or len(set(labels)) < len(labels):
        return each
    return [part._replace(label=label) for part, label in zip(each, labels, strict=True)]


def _crystal(data: Any) -> Crystal:
    if is_entry(data) and "sites" not in data:
        if (kind := data.get("type", "structures")) != "structures":
            raise Rejected(Reason.UNREADABLE, one_line(f"found an entry of type {kind!r}, expected structures"))
        structure = structure_from_attributes(data["attributes"])
        check_contents(structure, data["attributes"])
        return Crystal(structure)
    if isinstance(data, dict) and "sites" not in data and isinstance(data.get("structure"), dict):
        data = data["structure"]
    return Crystal(structure_from_json(data))
