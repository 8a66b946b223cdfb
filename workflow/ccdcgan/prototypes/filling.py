"""Filling: elements for the species of a prototype, at a volume that follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import spglib
from ase.data import atomic_numbers, covalent_radii
from pymatgen.core import Lattice, Structure

from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import Reason, Rejected, atomic_volume
from ccdcgan.crystals.volumes import expected_volume, mean_volume
from ccdcgan.prototypes.entry import Cell

__all__ = ["fill", "filled_volume", "longest_edge"]

SYMPREC = 1e-3
"""Of the primitive cell and the space group of a filled cell, in angstrom."""
PAPER_EDGE = 10.0
"""The paper's bound of the longest edge, in angstrom."""


def longest_edge(max_length: float | None, system: Sequence[str]) -> float:
    """Bound of the longest edge of a cell of these elements, in angstrom: ``prototypes.max_length``, or the paper's.

    The paper's is that of Bi-Se, and grows with the cube root of the volume of an atom; for smaller atoms it stays,
    since the voxels have the room.
    """
    if max_length is not None:
        return max_length
    return PAPER_EDGE * max(1.0, mean_volume(system) / mean_volume(["Bi", "Se"])) ** (1 / 3)


def filled_volume(symbols: Sequence[str], volume_scale: float | None) -> float:
    """Volume of a cell with these atoms by the rule ``prototypes.volume_scale``, in angstrom^3."""
    if volume_scale is None:
        return expected_volume(symbols)
    return volume_scale * sum(atomic_volume(symbol) for symbol in symbols)


def fill(
    cell: Cell, elements: tuple[str, ...], section: Prototypes, max_length: float, rescale: bool
) -> tuple[Structure, int]:
    """The primitive Niggli cell with elements for species, atoms ordered by element, and its space group.

    Parameters
    ----------
    cell
        With a species for each atom.
    elements
        Of each species.
    section
        Bound of the number of atoms, and the volume rule.
    max_length
        Bound of the longest edge, in angstrom.
    rescale
        By the volume rule; otherwise the cell stays as large as it is.

    Raises
    ------
    Rejected
        ``too_many_atoms``, ``volume`` if contacts force a volume beyond the bound, ``too_long`` if an edge is;
        ``unreadable`` if spglib finds no symmetry in it.
    """
    order = {symbol: index for index, symbol in enumerate(dict.fromkeys(elements))}
    symbols = list(order)
    primitive = _primitive(cell._replace(species=np.array([order[symbol] for symbol in elements])[cell.species]))
    if len(primitive.species) > section.max_atoms:
        raise Rejected(
            Reason.TOO_MANY_ATOMS,
            f"{len(primitive.species)} atoms in the primitive cell, at most {section.max_atoms} allowed",
        )
    lattice = Lattice(primitive.lattice)
    if rescale:
        lattice = lattice.scale(_volume(primitive, symbols, section))
    longest = max(lattice.abc)
    if longest >= max_length:
        raise Rejected(Reason.TOO_LONG, f"longest edge is {longest:.2f} angstrom, less than {max_length:g} allowed")
    dataset = spglib.get_symmetry_dataset(primitive, symprec=SYMPREC)
    by_species = np.argsort(primitive.species, kind="stable")
    structure = Structure(
        lattice, [symbols[kind] for kind in primitive.species[by_species]], primitive.positions[by_species]
    )
    return structure, dataset.number if dataset else 1


def _primitive(cell: Cell) -> Cell:
    try:
        found = spglib.find_primitive(cell, symprec=SYMPREC)
        lattice = None if found is None else spglib.niggli_reduce(found[0])
    except spglib.SpglibError as error:
        raise Rejected(Reason.UNREADABLE, f"spglib: {error}") from None
    if lattice is None:
        raise Rejected(Reason.UNREADABLE, "spglib finds no primitive Niggli cell")
    positions = found[1] @ found[0] @ np.linalg.inv(lattice)
    return Cell(lattice, positions % 1, found[2])


def _volume(cell: Cell, symbols: Sequence[str], section: Prototypes) -> float:
    """Volume by the rule, or as much larger as the contacts need, in angstrom^3."""
    radii = np.array([covalent_radii[atomic_numbers[symbol]] for symbol in symbols])
    rule = filled_volume([symbols[kind] for kind in cell.species], section.volume_scale)
    contact = _shortest_contact(Lattice(cell.lattice).scale(rule), cell.positions, radii[cell.species])
    enlargement = max(1.0, section.min_contact / contact) ** 3 if contact else np.inf
    if enlargement > section.max_volume_ratio:
        raise Rejected(
            Reason.VOLUME,
            f"contacts need {enlargement:.2f} times the volume rule, at most {section.max_volume_ratio:g} allowed",
        )
    return rule * enlargement


def _shortest_contact(lattice: Lattice, positions: np.ndarray, radii: np.ndarray) -> float:
    """Smallest distance of two atoms as a fraction of the sum of their radii; the lattice must be Niggli-reduced."""
    distances = lattice.get_all_distances(positions, positions)
    np.fill_diagonal(distances, min(lattice.abc))  # an atom's nearest image of itself
    return float((distances / np.add.outer(radii, radii)).min())
