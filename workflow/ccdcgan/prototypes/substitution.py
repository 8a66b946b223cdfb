"""Substitution: the elements of a system put into prototypes, rescaled, bounded, deduplicated and sampled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TypeAlias

import numpy as np
import pandas as pd
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from pymatgen.core import Lattice, Structure

from ccdcgan import config
from ccdcgan.matching import group
from ccdcgan.prototypes.aflow import Cell, Prototype, build, read_prototypes
from ccdcgan.prototypes.sampling import stratified_order
from ccdcgan.structures import Reason, Rejected, atomic_volume, from_pymatgen, reject_table

__all__ = ["PrototypeSet", "substitute_elements", "substitute_prototypes"]

TABLE_COLUMNS = [
    "id",
    "prototype",
    "title",
    "space_group",
    "stoichiometry",
    "formula",
    "n_atoms",
    "longest_edge",
    "volume_per_atom",
]


@dataclass(frozen=True)
class PrototypeSet:
    """What the stage hands on; every candidate is in `table` or in `rejected`, and in one of them only."""

    structures: list[Atoms]
    """Sampled cells, by falling priority; ``info["id"]`` names them. Lengths in angstrom."""
    table: pd.DataFrame
    """One row for each structure, in the same order; lengths in angstrom, volumes in angstrom^3."""
    rejected: pd.DataFrame
    """All other candidates (columns ``id, reason, detail``)."""


@dataclass(frozen=True)
class _Candidate:
    """A prototype and the element of each of its species."""

    prototype: Prototype
    elements: tuple[str, ...]

    @property
    def name(self) -> str:
        return ".".join(["aflow", self.prototype.label, *self.elements])


_Cells: TypeAlias = list[tuple[_Candidate, Structure]]
_Rejects: TypeAlias = list[tuple[str, Rejected]]


def substitute_prototypes(
    section: config.Prototypes, system: list[str], tolerances: config.Matching, seed: int
) -> PrototypeSet:
    """Put the elements of a system into every prototype with as many species, in every order.

    A candidate is rejected for the first of these reasons: ``too_many_atoms``, ``unbuildable``, ``volume``,
    ``too_long``, ``duplicate`` (of a candidate with fewer atoms, or as many atoms and fewer free parameters),
    ``not_sampled``. The sample takes turns through compositions, within each through cell sizes, within each through
    crystal families, as `stratified_order` says; one of a larger size begins with the one of a smaller size.

    Parameters
    ----------
    section
        Bounds, volume rule and size of the sample.
    system
        Element symbols.
    tolerances
        Of StructureMatcher, for duplicates.
    seed
        Of the sample.

    Raises
    ------
    ValueError
        If no prototype has as many species as the system has elements, or an element has no molar volume in pymatgen.
    """
    prototypes = sorted((known for known in read_prototypes() if known.n_species == len(system)), key=_complexity)
    if not prototypes:
        raise ValueError(f"system: found {len(system)} elements, expected a number for which AFLOW has prototypes")
    eligible, unfit = _eligible(prototypes, system, section)
    distinct, duplicates = _distinct(eligible, tolerances)
    order = stratified_order([_strata(*item) for item in distinct], np.random.default_rng(seed))
    sample = [distinct[index] for index in order[: section.sample]]
    detail = f"the sample holds {section.sample} of {len(distinct)} distinct cells"
    not_sampled = [(distinct[index][0].name, Rejected(Reason.NOT_SAMPLED, detail)) for index in order[section.sample :]]

    structures = [from_pymatgen(structure, candidate.name) for candidate, structure in sample]
    rows = [_row(candidate, atoms) for (candidate, _), atoms in zip(sample, structures, strict=True)]
    table = pd.DataFrame(rows, columns=TABLE_COLUMNS)
    return PrototypeSet(structures, table, reject_table([*unfit, *duplicates, *not_sampled]))


def substitute_elements(section: config.Prototypes, system: list[str], tolerances: config.Matching) -> list[Atoms]:
    """Put each element of a system into every elemental prototype of at most ``section.reference_atoms`` atoms.

    The other bounds and the volume rule are those of compounds; duplicates are left out.

    Returns
    -------
    list of Atoms
        Element by element, by rising complexity; ``info["id"]`` names them. Lengths in angstrom.
    """
    prototypes = sorted((known for known in read_prototypes() if known.n_species == 1), key=_complexity)
    small = section.model_copy(update={"max_atoms": section.reference_atoms})
    structures = []
    for element in system:
        distinct, _ = _distinct(_eligible(prototypes, [element], small)[0], tolerances)
        structures += [from_pymatgen(structure, candidate.name) for candidate, structure in distinct]
    return structures


def _eligible(prototypes: list[Prototype], system: list[str], section: config.Prototypes) -> tuple[_Cells, _Rejects]:
    """All candidates that can be built within the bounds, and the others."""
    cells: _Cells = []
    rejects: _Rejects = []
    for prototype in prototypes:
        candidates = [_Candidate(prototype, elements) for elements in permutations(system)]
        try:
            cell = _bounded_cell(prototype, section.max_atoms)
        except Rejected as error:
            rejects += [(candidate.name, error) for candidate in candidates]
            continue
        for candidate in candidates:
            try:
                cells.append((candidate, _substitute(cell, candidate.elements, section)))
            except Rejected as error:
                rejects.append((candidate.name, error))
    return cells, rejects


def _distinct(cells: _Cells, tolerances: config.Matching) -> tuple[_Cells, _Rejects]:
    """The first of all matching cells, and the others."""
    first = group([structure for _, structure in cells], tolerances)
    rejects = [
        (cells[index][0].name, Rejected(Reason.DUPLICATE, f"matches {cells[other][0].name}"))
        for index, other in enumerate(first)
        if other != index
    ]
    return [cells[index] for index, other in enumerate(first) if other == index], rejects


def _complexity(prototype: Prototype) -> tuple[int, int, int, str]:
    """Simple, symmetric, well known prototypes first."""
    return prototype.n_atoms, len(prototype.parameters), prototype.part, prototype.label


def _bounded_cell(prototype: Prototype, max_atoms: int) -> Cell:
    if prototype.n_atoms > max_atoms:
        raise Rejected(
            Reason.TOO_MANY_ATOMS, f"{prototype.n_atoms} atoms in the primitive cell, at most {max_atoms} allowed"
        )
    return build(prototype)


def _substitute(cell: Cell, elements: tuple[str, ...], section: config.Prototypes) -> Structure:
    """The cell with elements for species at its proper volume; atoms are ordered by species.

    Raises
    ------
    Rejected
        ``volume`` if contacts force a volume beyond the bound, ``too_long`` if an edge is.
    """
    atomic_volumes = np.array([atomic_volume(element) for element in elements])
    radii = np.array([covalent_radii[atomic_numbers[element]] for element in elements])
    rule = section.volume_scale * atomic_volumes[cell.species].sum()
    lattice = Lattice(cell.lattice).scale(rule)
    contact = _shortest_contact(lattice, cell.positions, radii[cell.species])
    enlargement = max(1.0, section.min_contact / contact) ** 3
    if enlargement > section.max_volume_ratio:
        raise Rejected(
            Reason.VOLUME,
            f"contacts need {enlargement:.2f} times the volume rule, at most {section.max_volume_ratio:g} allowed",
        )
    lattice = lattice.scale(rule * enlargement)
    longest = max(lattice.abc)
    if longest >= section.max_length:
        raise Rejected(
            Reason.TOO_LONG, f"longest edge is {longest:.2f} angstrom, less than {section.max_length:g} allowed"
        )
    order = np.argsort(cell.species, kind="stable")
    return Structure(lattice, [elements[kind] for kind in cell.species[order]], cell.positions[order])


def _shortest_contact(lattice: Lattice, positions: np.ndarray, radii: np.ndarray) -> float:
    """Smallest distance of two atoms as a fraction of the sum of their radii; the lattice must be Niggli-reduced."""
    distances = lattice.get_all_distances(positions, positions)
    np.fill_diagonal(distances, min(lattice.abc))  # an atom's nearest image of itself
    return float((distances / np.add.outer(radii, radii)).min())


def _strata(candidate: _Candidate, structure: Structure) -> tuple[str, int, str]:
    return structure.composition.reduced_formula, len(structure), candidate.prototype.pearson_symbol[0]


def _row(candidate: _Candidate, atoms: Atoms) -> dict[str, str | int | float]:
    prototype = candidate.prototype
    return {
        "id": candidate.name,
        "prototype": prototype.label,
        "title": prototype.title,
        "space_group": prototype.space_group,
        "stoichiometry": prototype.stoichiometry,
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
        "longest_edge": max(atoms.cell.lengths()),
        "volume_per_atom": atoms.get_volume() / len(atoms),
    }
