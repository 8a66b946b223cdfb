"""Entries in the words of OPTIMADE [1]_, as a server answers them or as somebody saved its answer.

References
----------
.. [1] C. W. Andersen et al., "OPTIMADE, an API for exchanging materials data", Sci. Data 8, 217 (2021).
"""

from __future__ import annotations

from typing import Any

from pymatgen.core import Structure

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import check_formula, check_periodic, structure_from_sites
from ccdcgan.prototypes.readers.parts import one_line

__all__ = ["check_contents", "is_entry", "structure_from_attributes"]


def is_entry(data: Any) -> bool:
    """Whether something is an entry by its form."""
    return isinstance(data, dict) and isinstance(data.get("attributes"), dict)


def structure_from_attributes(attributes: dict[str, Any]) -> Structure:
    """The structure that an entry holds, if all its atoms are in known places.

    Raises
    ------
    Rejected
        ``disordered`` if a species has atoms attached to it, or if the entry says so; ``unreadable`` if it is not
        periodic in three directions, or not told how many or which features it has.
    """
    features = attributes.get("structure_features")
    if not isinstance(features, list):
        raise Rejected(Reason.UNREADABLE, one_line(f"found structure_features {features!r}, expected a list"))
    if features:  # disorder, implicit atoms, site attachments, assemblies: all that there are
        raise Rejected(Reason.DISORDERED, one_line(f"its features are {', '.join(sorted(map(str, features)))}"))
    directions, count = attributes.get("dimension_types"), attributes.get("nperiodic_dimensions")
    if directions is None and count is None:
        raise Rejected(Reason.UNREADABLE, "found neither dimension_types nor nperiodic_dimensions, expected one")
    check_periodic([1] * 3 if directions is None else directions, 3 if count is None else int(count))
    species = {kind["name"]: _occupants(kind) for kind in attributes["species"]}
    if len(species) != len(attributes["species"]):
        raise Rejected(Reason.UNREADABLE, "found two species of one name")
    return structure_from_sites(
        attributes["lattice_vectors"],
        [species[name] for name in attributes["species_at_sites"]],
        attributes["cartesian_site_positions"],
        cartesian=True,
    )


def _occupants(kind: dict[str, Any]) -> list[tuple[str, float]]:
    """Elements of a species and the share of each; a vacancy is none."""
    counts = kind.get("nattached")
    if any(counts) if counts else kind.get("attached"):
        raise Rejected(Reason.DISORDERED, one_line(f"species {kind['name']} has atoms without a place attached to it"))
    shares = zip(kind["chemical_symbols"], kind["concentration"], strict=True)
    return [(symbol, share) for symbol, share in shares if symbol != "vacancy"]


def check_contents(structure: Structure, attributes: dict[str, Any]) -> None:
    """Refuse a structure whose entry says another number of sites or another formula.

    Raises
    ------
    Rejected
        ``unreadable``, with both.
    """
    if (count := attributes.get("nsites")) not in (None, len(structure)):
        raise Rejected(Reason.UNREADABLE, one_line(f"found {len(structure)} sites, expected {count!r} by nsites"))
    if formula := attributes.get("chemical_formula_reduced"):
        check_formula(structure, str(formula))
