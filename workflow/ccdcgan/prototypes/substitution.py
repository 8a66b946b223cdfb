"""Substitution: the elements of a system put into prototypes, rescaled, bounded, deduplicated and sampled."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import gcd

import numpy as np
import pandas as pd
import spglib
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from pymatgen.core import Lattice, Structure

from ccdcgan import config
from ccdcgan.config import subsystems
from ccdcgan.matching import group
from ccdcgan.prototypes import aflow
from ccdcgan.prototypes.entry import Cell, Entry
from ccdcgan.prototypes.sampling import stratified_order
from ccdcgan.prototypes.sources import read_entries
from ccdcgan.structures import Reason, Rejected, atomic_volume, from_pymatgen, reject_table

__all__ = [
    "PrototypeSet",
    "enumerate_prototypes",
    "substitute_elements",
    "substitute_prototypes",
    "substitute_subsystems",
    "take_sample",
]

log = logging.getLogger(__name__)

TABLE_COLUMNS = [
    "id",
    "source",
    "source_id",
    "prototype",
    "title",
    "space_group",
    "stoichiometry",
    "formula",
    "n_atoms",
    "longest_edge",
    "volume_per_atom",
    "licence",
    "citation",
]
SYMPREC = 1e-3
"""Of the primitive cell and the space group of a substituted cell, in angstrom."""
PLAIN = config.Aflow(merge_species=False, recolour_sites=0)
"""As many species as elements, each an element."""
CRYSTAL_FAMILIES = ((2, "a"), (15, "m"), (74, "o"), (142, "t"), (194, "h"), (230, "c"))
"""Last space group of every crystal family, and its letter in a Pearson symbol."""


@dataclass(frozen=True)
class PrototypeSet:
    """What the stage hands on; every candidate is in `table` or in `rejected`, and in one of them only."""

    structures: list[Atoms]
    """Cells, by falling priority; ``info["id"]`` names them. Lengths in angstrom."""
    table: pd.DataFrame
    """One row for each structure, in the same order; lengths in angstrom, volumes in angstrom^3."""
    rejected: pd.DataFrame
    """All other candidates (columns ``id, reason, detail``)."""

    def counts(self) -> pd.DataFrame:
        """Candidates of every source: how many there were, are left, and were rejected for which reason."""
        fates = pd.concat([self.rejected[["id", "reason"]], self.table[["id"]].assign(reason="left")])
        table = pd.crosstab(fates["id"].str.partition(".")[0].rename("source"), fates["reason"])
        if "left" in table:
            table.insert(0, "left", table.pop("left"))
        table.insert(0, "candidates", table.sum(axis=1))
        return table


@dataclass(frozen=True)
class _Candidate:
    """An entry of a source with elements for its species."""

    name: str
    entry: Entry
    structure: Structure
    space_group: int


def substitute_prototypes(
    section: config.Prototypes, system: list[str], tolerances: config.Matching, seed: int
) -> PrototypeSet:
    """Enumerate as `enumerate_prototypes` does, and take the sample that the section asks for."""
    found = enumerate_prototypes(section, system, tolerances, seed)
    table, rejected = take_sample(found.table, found.rejected, section.sample)
    return PrototypeSet(found.structures[: section.sample], table, rejected)


def enumerate_prototypes(
    section: config.Prototypes, system: list[str], tolerances: config.Matching, seed: int
) -> PrototypeSet:
    """Put the elements of a system into the prototypes of all sources, in every order.

    A structure of the system's own elements enters as it is. Others take the elements in every order, and, where the
    source allows it, several species one element in every way. A candidate is rejected for the first of these reasons:
    whatever its source says, ``species`` (too few, or too many), ``too_many_atoms``, ``volume``, ``too_long``,
    ``duplicate`` (of a candidate with fewer atoms; with as many atoms, of an earlier source, and there of lower rank).
    The others take turns through compositions, within each through cell sizes, within each through crystal families,
    as `stratified_order` says: every beginning is a sample, and one of a larger size begins with one of a smaller size.

    Parameters
    ----------
    section
        Sources, bounds and volume rule.
    system
        Element symbols.
    tolerances
        Of StructureMatcher, for duplicates.
    seed
        Of the sample, and of sources that draw at random.

    Raises
    ------
    ValueError
        If no source has a usable structure, or an element has no molar volume in pymatgen.
    """
    eligible, unfit = _eligible(read_entries(section, system, seed), system, section)
    if not eligible:
        raise ValueError(
            f"prototypes.sources: found no usable structure of {'-'.join(system)} among {len(unfit)} candidates "
            f"of {', '.join(section.sources)}, expected at least one"
        )
    ranks: dict[str, int] = {name: rank for rank, name in enumerate(section.sources)}
    eligible.sort(key=lambda each: (len(each.structure), ranks[each.entry.origin.source], each.entry.rank, each.name))
    found = _ordered(eligible, unfit, tolerances, seed)
    log.info("candidates by source:\n%s", found.counts().to_string())
    return found


def substitute_subsystems(
    section: config.Prototypes, system: list[str], tolerances: config.Matching, seed: int
) -> PrototypeSet:
    """Put some of a system's elements, at least two and not all, into the AFLOW prototypes of as many species.

    Of every choice, a sample of ``section.subsystems`` cells is taken, in the order of `enumerate_prototypes`.
    """
    structures: list[Atoms] = []
    tables = [pd.DataFrame(columns=TABLE_COLUMNS)]
    rejects = [reject_table([])]
    for part in subsystems(system):
        eligible, unfit = _eligible(aflow.read(PLAIN, section, part, seed), part, section)
        eligible.sort(key=lambda each: (len(each.structure), each.entry.rank, each.name))
        found = _ordered(eligible, unfit, tolerances, seed)
        table, rejected = take_sample(found.table, found.rejected, section.subsystems)
        structures += found.structures[: section.subsystems]
        tables.append(table)
        rejects.append(rejected)
    # A prototype that is too large for one choice of elements is too large for all.
    return PrototypeSet(
        structures,
        pd.concat(tables[1:] or tables, ignore_index=True),
        pd.concat(rejects, ignore_index=True).drop_duplicates("id", ignore_index=True),
    )


def _ordered(
    eligible: Sequence[_Candidate], unfit: list[tuple[str, Rejected]], tolerances: config.Matching, seed: int
) -> PrototypeSet:
    """Candidates without duplicates, in the order of the sample."""
    distinct, duplicates = _distinct(eligible, tolerances)
    order = stratified_order([_strata(candidate) for candidate in distinct], np.random.default_rng(seed))
    ordered = [distinct[index] for index in order]
    structures = [from_pymatgen(candidate.structure, candidate.name) for candidate in ordered]
    rows = [_row(candidate, atoms) for candidate, atoms in zip(ordered, structures, strict=True)]
    table = pd.DataFrame(rows, columns=TABLE_COLUMNS)
    return PrototypeSet(structures, table, reject_table([*unfit, *duplicates]))


def take_sample(table: pd.DataFrame, rejected: pd.DataFrame, size: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the first rows of a table of prototypes; the others are rejected as ``not_sampled``.

    Parameters
    ----------
    table, rejected
        Of all distinct cells, by falling priority, and of all that is rejected already.
    size
        Number of rows that are taken, or as many as there are.

    Returns
    -------
    table, rejected : DataFrame
        Of the sample.
    """
    if len(table) < size:
        log.warning("found %d distinct cells of the %d asked for: the last batches are empty", len(table), size)
    detail = f"the sample holds {size} of {len(table)} distinct cells"
    beyond = reject_table((name, Rejected(Reason.NOT_SAMPLED, detail)) for name in table["id"].iloc[size:])
    return table.iloc[:size], pd.concat([rejected, beyond], ignore_index=True)


def substitute_elements(section: config.Prototypes, system: list[str], tolerances: config.Matching) -> list[Atoms]:
    """Put each element of a system into every elemental AFLOW prototype of at most ``section.reference_atoms`` atoms.

    The other bounds and the volume rule are those of compounds; duplicates are left out.

    Returns
    -------
    list of Atoms
        Element by element, by rising complexity; ``info["id"]`` names them. Lengths in angstrom.
    """
    small = section.model_copy(update={"max_atoms": section.reference_atoms})
    structures = []
    for element in system:
        eligible, _ = _eligible(aflow.read(PLAIN, small, [element], 0), [element], small)
        eligible.sort(key=lambda each: (len(each.structure), each.entry.rank, each.name))
        distinct, _ = _distinct(eligible, tolerances)
        structures += [from_pymatgen(candidate.structure, candidate.name) for candidate in distinct]
    return structures


def _eligible(
    entries: Iterable[Entry], system: Sequence[str], section: config.Prototypes
) -> tuple[list[_Candidate], list[tuple[str, Rejected]]]:
    """All candidates within the bounds, and the others."""
    candidates: list[_Candidate] = []
    rejects: list[tuple[str, Rejected]] = []
    for entry in entries:
        whole = entry.origin.name
        if isinstance(entry.cell, Rejected):
            rejects.append((whole, entry.cell))
            continue
        try:
            choices = list(_choices(entry, entry.cell, system))
        except Rejected as error:
            rejects.append((whole, error))
            continue
        for elements in choices:
            as_it_is = elements == entry.elements
            name = whole if as_it_is else ".".join([whole, *elements])
            try:
                structure, space_group = _substitute(entry.cell, elements, section, rescale=not as_it_is)
                candidates.append(_Candidate(name, entry, structure, space_group))
            except Rejected as error:
                rejects.append((name, error))
    return candidates, rejects


def _choices(entry: Entry, cell: Cell, system: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Elements for the species of an entry: its own if they are the system's, else every choice that uses them all."""
    count = int(cell.species.max()) + 1
    if entry.elements is not None and set(entry.elements) == set(system):
        yield entry.elements
    elif count < len(system) or (count > len(system) and not entry.merge):
        raise Rejected(Reason.SPECIES, f"found {count} species, expected {len(system)}")
    else:
        yield from (each for each in product(system, repeat=count) if len(set(each)) == len(system))


def _distinct(
    candidates: Sequence[_Candidate], tolerances: config.Matching
) -> tuple[list[_Candidate], list[tuple[str, Rejected]]]:
    """The first of all matching candidates, and the others."""
    first = group([candidate.structure for candidate in candidates], tolerances)
    rejects = [
        (candidates[index].name, Rejected(Reason.DUPLICATE, f"matches {candidates[other].name}"))
        for index, other in enumerate(first)
        if other != index
    ]
    return [candidates[index] for index, other in enumerate(first) if other == index], rejects


def _substitute(
    cell: Cell, elements: tuple[str, ...], section: config.Prototypes, rescale: bool
) -> tuple[Structure, int]:
    """The primitive Niggli cell with elements for species, atoms ordered by element, and its space group.

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
    if longest >= section.max_length:
        raise Rejected(
            Reason.TOO_LONG, f"longest edge is {longest:.2f} angstrom, less than {section.max_length:g} allowed"
        )
    dataset = spglib.get_symmetry_dataset(primitive, symprec=SYMPREC)
    by_species = np.argsort(primitive.species, kind="stable")
    structure = Structure(
        lattice, [symbols[kind] for kind in primitive.species[by_species]], primitive.positions[by_species]
    )
    return structure, dataset.number if dataset else 1


def _primitive(cell: Cell) -> Cell:
    found = spglib.find_primitive(cell, symprec=SYMPREC)
    lattice = None if found is None else spglib.niggli_reduce(found[0])
    if lattice is None:
        raise Rejected(Reason.UNREADABLE, "spglib finds no primitive Niggli cell")
    positions = found[1] @ found[0] @ np.linalg.inv(lattice)
    return Cell(lattice, positions % 1, found[2])


def _volume(cell: Cell, symbols: Sequence[str], section: config.Prototypes) -> float:
    """Volume by the rule, or as much larger as the contacts need, in angstrom^3."""
    atomic_volumes = np.array([atomic_volume(symbol) for symbol in symbols])
    radii = np.array([covalent_radii[atomic_numbers[symbol]] for symbol in symbols])
    rule = section.volume_scale * float(atomic_volumes[cell.species].sum())
    contact = _shortest_contact(Lattice(cell.lattice).scale(rule), cell.positions, radii[cell.species])
    enlargement = max(1.0, section.min_contact / contact) ** 3
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


def _strata(candidate: _Candidate) -> tuple[str, int, str]:
    family = next(letter for last, letter in CRYSTAL_FAMILIES if candidate.space_group <= last)
    return candidate.structure.composition.reduced_formula, len(candidate.structure), family


def _row(candidate: _Candidate, atoms: Atoms) -> dict[str, str | int | float]:
    origin, cell = candidate.entry.origin, candidate.entry.cell
    assert isinstance(cell, Cell)
    return {
        "id": candidate.name,
        "source": origin.source,
        "source_id": origin.source_id,
        "prototype": origin.prototype,
        "title": origin.title,
        "space_group": candidate.space_group,
        "stoichiometry": _stoichiometry(cell),
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
        "longest_edge": max(atoms.cell.lengths()),
        "volume_per_atom": atoms.get_volume() / len(atoms),
        "licence": origin.licence,
        "citation": origin.citation,
    }


def _stoichiometry(cell: Cell) -> str:
    """Of the species, for example A2B3."""
    counts = np.bincount(cell.species)
    divisor = reduce(gcd, counts.tolist())
    parts = [(chr(ord("A") + kind), count // divisor) for kind, count in enumerate(counts)]
    return "".join(letter + (str(count) if count > 1 else "") for letter, count in parts)
