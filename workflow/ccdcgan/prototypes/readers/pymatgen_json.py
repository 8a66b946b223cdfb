"""A structure in pymatgen's JSON form."""

from __future__ import annotations

from typing import Any

import numpy as np
from pymatgen.core import Structure

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import check_periodic, check_volume, structure_from_sites
from ccdcgan.prototypes.readers.parts import one_line

__all__ = ["structure_from_json"]

MAX_DISTANCE = 0.01
"""Between the two positions of a site that the JSON holds, in angstrom."""


def structure_from_json(data: Any) -> Structure:
    """Build a structure from pymatgen's JSON form.

    Raises
    ------
    Rejected
        ``unreadable`` if lattice or sites are missing or something else, if it is not periodic, or if it says
        another volume.
    """
    if not isinstance(data, dict) or not {"lattice", "sites"} <= set(data):
        found = one_line(repr(data), length=80)
        raise Rejected(Reason.UNREADABLE, f"found {found}, expected a structure of pymatgen with lattice and sites")
    try:
        sites = data["sites"]
        species = [[(each["element"], each["occu"]) for each in site["species"]] for site in sites]
        check_periodic(data["lattice"].get("pbc") or [True] * 3)
        structure = structure_from_sites(data["lattice"]["matrix"], species, [site["abc"] for site in sites])
        if (volume := data["lattice"].get("volume")) is not None:
            check_volume(float(volume), structure.lattice)
        _check_positions(structure, [site.get("xyz") for site in sites])
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise Rejected(Reason.UNREADABLE, f"{type(error).__name__}: {one_line(error)}") from error
    return structure


def _check_positions(structure: Structure, positions: list[Any]) -> None:
    """Refuse sites whose Cartesian positions, where they are given, too, are others."""
    for number, (site, given) in enumerate(zip(structure, positions, strict=True), 1):
        if given is not None and np.linalg.norm(site.coords - np.array(given, dtype=float)) > MAX_DISTANCE:
            raise Rejected(Reason.UNREADABLE, f"site {number}: found abc and xyz that are two places in this lattice")
