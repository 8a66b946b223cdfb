"""Entries as an OPTIMADE provider gives them, whole ones and odd ones."""

import math
from collections.abc import Iterable
from typing import Any

from pymatgen.core import Lattice, Structure

CAESIUM_CHLORIDE = Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
ROCK_SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(6.0), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.5]]
).get_primitive_structure()
PEROVSKITE = Structure.from_spacegroup(
    "Pm-3m", Lattice.cubic(3.905), ["Sr", "Ti", "O"], [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]]
)


def _formula(letters: Iterable[str], counts: list[int]) -> str:
    divisor = math.gcd(*counts)
    pairs = zip(letters, (count // divisor for count in counts), strict=False)
    return "".join(letter + (str(count) if count > 1 else "") for letter, count in pairs)


def resource(name: str, structure: Structure, **changes: Any) -> dict[str, Any]:
    """A structure as the specification says it, with everything that the reference server asks for."""
    symbols = [str(site.specie) for site in structure]
    elements = sorted(set(symbols))
    counts = [symbols.count(element) for element in elements]
    formula = _formula(elements, counts)
    anonymous = _formula("ABC", sorted(counts, reverse=True))
    attributes = {
        "immutable_id": name,
        "last_modified": "2026-01-01T00:00:00Z",
        "elements": elements,
        "nelements": len(elements),
        "elements_ratios": [count / len(symbols) for count in counts],
        "chemical_formula_descriptive": formula,
        "chemical_formula_reduced": formula,
        "chemical_formula_anonymous": anonymous,
        "dimension_types": [1, 1, 1],
        "nperiodic_dimensions": 3,
        "lattice_vectors": structure.lattice.matrix.tolist(),
        "cartesian_site_positions": structure.cart_coords.tolist(),
        "nsites": len(symbols),
        "species": [{"name": each, "chemical_symbols": [each], "concentration": [1.0]} for each in elements],
        "species_at_sites": symbols,
        "structure_features": [],
    }
    return {"type": "structures", "id": name, "attributes": {**attributes, **changes}}


def disordered() -> dict[str, Any]:
    kinds = [
        {"name": "Cs", "chemical_symbols": ["Cs", "vacancy"], "concentration": [0.5, 0.5]},
        {"name": "Cl", "chemical_symbols": ["Cl"], "concentration": [1.0]},
    ]
    return resource("disordered", CAESIUM_CHLORIDE, species=kinds, structure_features=["disorder"])


def with_vacancy() -> list[dict[str, Any]]:
    """One species is no atom at all."""
    return [
        {"name": "Cs", "chemical_symbols": ["vacancy"], "concentration": [1.0]},
        {"name": "Cl", "chemical_symbols": ["Cl"], "concentration": [1.0]},
    ]


def with_attached_atoms() -> list[dict[str, Any]]:
    return [
        {"name": each, "chemical_symbols": [each], "concentration": [1.0], "attached": ["H"], "nattached": [count]}
        for each, count in (("Cs", 0), ("Cl", 2))
    ]


def scaled(number: int) -> Structure:
    return Structure(Lattice.cubic(4 + number), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
