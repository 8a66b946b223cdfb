"""JSON of pymatgen: a structure, an entry that holds one, or a list of them.

Only numbers and symbols are read: pymatgen's own decoder imports whatever module the data name.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from pymatgen.core import Structure

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import check_periodic, structure_from_sites
from ccdcgan.prototypes.readers.parts import Crystal, Part, numbered, one_line

__all__ = ["parts", "structure_from_json"]

MAX_DISTANCE = 0.01
"""Between the two positions of a site that the JSON holds, in angstrom."""


def parts(text: str) -> list[Part]:
    """The structures of a file."""
    data = json.loads(text, object_pairs_hook=_unique)
    each = data if isinstance(data, list) else [data]
    return numbered(_crystal, [(f"structure {number}", one) for number, one in enumerate(each, 1)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose keys is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise Rejected(Reason.UNREADABLE, one_line(f"found key {twice!r} twice in one object"))
    return found


def _crystal(data: Any) -> Crystal:
    if isinstance(data, dict) and "sites" not in data and isinstance(data.get("structure"), dict):
        data = data["structure"]
    return Crystal(structure_from_json(data))


def structure_from_json(data: Any) -> Structure:
    """Build a structure from pymatgen's JSON form.

    Raises
    ------
    Rejected
        ``unreadable`` if lattice or sites are missing or something else, or if it is not periodic.
    """
    if not isinstance(data, dict) or not {"lattice", "sites"} <= set(data):
        raise Rejected(
            Reason.UNREADABLE, one_line(f"found {data!r}, expected a structure of pymatgen with lattice and sites")
        )
    try:
        sites = data["sites"]
        species = [[(each["element"], each["occu"]) for each in site["species"]] for site in sites]
        check_periodic(data["lattice"].get("pbc") or [True] * 3)
        structure = structure_from_sites(data["lattice"]["matrix"], species, [site["abc"] for site in sites])
        _check_positions(structure, [site.get("xyz") for site in sites])
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise Rejected(Reason.UNREADABLE, f"{type(error).__name__}: {one_line(error)}") from error
    return structure


def _check_positions(structure: Structure, positions: list[Any]) -> None:
    """Refuse sites whose Cartesian positions, where they are given, too, are others."""
    for number, (site, given) in enumerate(zip(structure, positions, strict=True), 1):
        if given is not None and np.linalg.norm(site.coords - np.array(given, dtype=float)) > MAX_DISTANCE:
            raise Rejected(Reason.UNREADABLE, f"site {number}: found abc and xyz that are two places in this lattice")
