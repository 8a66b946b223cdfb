"""Structures that others made, checked before they become cells of prototypes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import spglib
from pymatgen.core import Composition, DummySpecies, Element, Lattice, Structure

from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell
from ccdcgan.prototypes.readers.parts import one_line

__all__ = [
    "MAX_SITES",
    "check_formula",
    "check_periodic",
    "check_volume",
    "lattice_from_parameters",
    "structure_from_sites",
    "to_cell",
]

MAX_SITES = 1000
"""Larger cells are not searched for a primitive one."""
MIN_DISTANCE = 0.1
"""Two atoms are in one place below this distance, as a fraction of (V/n)^(1/3): a prototype may have any scale."""
MIN_SOLIDITY = 1e-3
"""A cell is flat below this volume, as a fraction of the product of its edges."""
MAX_COORDINATE = 1e6
"""Of a fractional coordinate, whose digits behind the point are lost beyond."""
SYMPREC = 1e-3
"""Of the primitive cell, in angstrom."""
VOLUME_TOLERANCE = 0.02
"""A file that says a volume which differs by more from that of its cell, as a fraction, is refused."""


def to_cell(structure: Structure, limits: Prototypes) -> tuple[Cell, tuple[str, ...], tuple[str, ...]]:
    """Turn a structure into a cell of species, one species for each element.

    Parameters
    ----------
    structure
        Any structure, however wrong.
    limits
        Section ``prototypes``: no more atoms than ``max_atoms`` in the primitive cell.

    Returns
    -------
    tuple
        The cell as it is given (lengths in angstrom); the element of each species in order of appearance; and what a
        person should know: isotopes are read as their element.

    Raises
    ------
    Rejected
        ``unreadable`` without atoms, with an unknown element or a flat cell; ``too_many_atoms``; ``not_finite``;
        ``disordered`` if a site is not wholly one element's; ``too_close`` if two atoms, or an atom and its image, are
        in one place.
    """
    if not len(structure):
        raise Rejected(Reason.UNREADABLE, "found no atoms")
    if len(structure) > MAX_SITES:
        raise Rejected(Reason.TOO_MANY_ATOMS, f"{len(structure)} atoms, at most {MAX_SITES} are read")
    lattice, positions = structure.lattice.matrix, structure.frac_coords
    if not (np.isfinite(lattice).all() and np.isfinite(positions).all()):
        raise Rejected(Reason.NOT_FINITE, "found a lattice vector or a coordinate that is no finite number")
    if np.abs(positions).max() > MAX_COORDINATE:
        raise Rejected(Reason.UNREADABLE, f"found a fractional coordinate of {np.abs(positions).max():.3g}")
    symbols = [_symbol(site.species) for site in structure]
    _check_distances(Structure(structure.lattice, symbols, positions % 1, labels=structure.labels))
    elements = tuple(dict.fromkeys(symbols))
    cell = Cell(lattice, positions % 1, np.array([elements.index(symbol) for symbol in symbols]))
    primitive = spglib.find_primitive(cell, symprec=SYMPREC)
    if primitive is None:
        raise Rejected(Reason.UNREADABLE, "spglib finds no primitive cell")
    if len(primitive[2]) > limits.max_atoms:
        raise Rejected(
            Reason.TOO_MANY_ATOMS,
            f"{len(primitive[2])} atoms in the primitive cell, at most {limits.max_atoms} allowed",
        )
    # Pymatgen's elements D and T have the symbol H.
    isotopes = [kind.name for kind in structure.elements if isinstance(kind, Element) and kind.name != kind.symbol]
    return cell, elements, tuple(f"found the isotope {name}, read as {Element(name).symbol}" for name in isotopes)


def _symbol(occupants: Mapping[Any, float]) -> str:
    """The one element of a site."""
    if not occupants:
        raise Rejected(Reason.DISORDERED, "a site holds no atom")
    (kind, share), *others = occupants.items()
    if others or not np.isclose(share, 1):
        shares = ", ".join(f"{each} {of:g}" for each, of in occupants.items())
        raise Rejected(Reason.DISORDERED, f"a site holds {shares}")
    if isinstance(kind, DummySpecies):
        raise Rejected(Reason.UNREADABLE, f"found {kind.symbol!r}, expected an element")
    return str(Element.from_Z(kind.Z).symbol)


def _check_distances(structure: Structure) -> None:
    edges = np.array(structure.lattice.abc)
    volume = abs(np.linalg.det(structure.lattice.matrix))
    if not volume > MIN_SOLIDITY * edges.prod():
        raise Rejected(Reason.UNREADABLE, f"found a flat cell of {volume:.3g} angstrom^3")
    radius = MIN_DISTANCE * (volume / len(structure)) ** (1 / 3)
    if edges.min() < radius:
        raise Rejected(Reason.TOO_CLOSE, f"shortest edge is {edges.min():.3g} angstrom")
    first, second, _, distances = structure.get_neighbor_list(radius)
    if len(distances):
        nearest = distances.argmin()
        pair = [int(first[nearest]), int(second[nearest])]
        labels = [structure[index].label for index in pair]
        named = any(label != str(structure[index].specie) for label, index in zip(labels, pair, strict=True))
        atoms = " and ".join(str(index + 1) for index in pair) + (f" ({' and '.join(labels)})" if named else "")
        raise Rejected(Reason.TOO_CLOSE, one_line(f"atoms {atoms} are {distances[nearest]:.3g} angstrom apart"))


def check_periodic(directions: Sequence[Any], rank: int = 3) -> None:
    """Refuse what is not a crystal: the one rule of periodicity, for all formats and sources.

    Parameters
    ----------
    directions
        Whether it is periodic along each of three vectors: truth, or 1 and 0.
    rank
        Of the matrix of these vectors.

    Raises
    ------
    Rejected
        ``unreadable`` if it is not periodic in three directions.
    """
    if not isinstance(directions, list | tuple) or any(each not in (True, False) for each in directions):
        raise Rejected(
            Reason.UNREADABLE, one_line(f"found periodicity {directions!r}, expected three of true or false")
        )
    if len(directions) != 3 or not all(directions) or rank < 3:
        count = min(sum(map(bool, directions)), rank)
        raise Rejected(Reason.UNREADABLE, f"found no cell that is periodic in three directions but in {count}")


def check_formula(structure: Structure, formula: str) -> None:
    """Refuse a structure whose atoms are not those of the formula beside it.

    Raises
    ------
    Rejected
        ``unreadable`` if they are others, or if the formula is none.
    """
    try:
        expected = Composition(formula, strict=True).reduced_composition
    except ValueError as error:
        raise Rejected(Reason.UNREADABLE, one_line(f"found formula {formula!r}, expected one")) from error
    found = structure.composition.reduced_composition
    if not found.almost_equals(expected, rtol=1e-3, atol=1e-3):
        raise Rejected(Reason.UNREADABLE, f"found sites of {found.formula}, though its formula is {formula}")


def check_volume(volume: float, lattice: Lattice) -> None:
    """Refuse a cell whose volume is not the one beside it.

    Raises
    ------
    Rejected
        ``unreadable`` if they differ by more than `VOLUME_TOLERANCE`.
    """
    if not np.isclose(volume, lattice.volume, rtol=0, atol=VOLUME_TOLERANCE * lattice.volume):
        raise Rejected(
            Reason.UNREADABLE,
            f"found a cell of {lattice.volume:.2f} angstrom^3, though the file says a volume of {volume:g}",
        )


def lattice_from_parameters(lengths: Sequence[float], angles: Sequence[float]) -> Lattice:
    """Build a lattice from three edges in angstrom and three angles in degrees.

    Raises
    ------
    Rejected
        ``unreadable`` if no cell has them.
    """
    edges, degrees = (", ".join(f"{each:g}" for each in given) for given in (lengths, angles))
    if not all(np.isfinite(length) and length > 0 for length in lengths) or not all(0 < each < 180 for each in angles):
        raise Rejected(Reason.UNREADABLE, f"found edges {edges} and angles {degrees}, expected those of a cell")
    if sum(angles) >= 360 or 2 * max(angles) >= sum(angles):
        raise Rejected(
            Reason.UNREADABLE,
            f"found angles {degrees}, expected each smaller than the two others together and all below 360 degrees",
        )
    lattice = Lattice.from_parameters(*lengths, *angles)
    if not (np.isfinite(lattice.matrix).all() and lattice.volume > 0):
        raise Rejected(Reason.UNREADABLE, f"found edges {edges} and angles {degrees}, which form no cell")
    return lattice


def structure_from_sites(
    lattice: Any, species: Sequence[Sequence[tuple[Any, Any]]], positions: Any, cartesian: bool = False
) -> Structure:
    """Build a structure from what somebody's JSON holds.

    Parameters
    ----------
    lattice
        Cell vectors as rows, shape (3, 3), in angstrom.
    species
        Symbols at each site, and the share of each.
    positions
        Shape (n, 3); fractional coordinates, or Cartesian ones in angstrom.
    cartesian
        Which of the two.

    Raises
    ------
    Rejected
        ``unreadable`` if the shapes are others, or a symbol or share is none; ``too_many_atoms``.
    """
    if len(species) > MAX_SITES:
        raise Rejected(Reason.TOO_MANY_ATOMS, f"{len(species)} atoms, at most {MAX_SITES} are read")
    try:
        vectors, coordinates = np.array(lattice, dtype=float), np.array(positions, dtype=float)
        if vectors.shape != (3, 3) or coordinates.shape != (len(species), 3):
            raise ValueError(
                f"found shapes {vectors.shape} and {coordinates.shape}, expected (3, 3) and ({len(species)}, 3)"
            )
        occupants = []
        for site in species:
            shares: dict[str, float] = defaultdict(float)
            for symbol, share in site:
                shares[str(symbol)] += float(share)
            occupants.append(shares)
        return Structure(Lattice(vectors), occupants, coordinates, coords_are_cartesian=cartesian)
    except (ValueError, TypeError, np.linalg.LinAlgError) as error:
        raise Rejected(Reason.UNREADABLE, one_line(error)) from error
