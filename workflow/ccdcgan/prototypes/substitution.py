"""Substitution: the elements of a system put into prototypes, rescaled, bounded, deduplicated and sampled."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from math import gcd

import numpy as np
import pandas as pd
from ase import Atoms
from pymatgen.core import Structure

from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Prototypes, subsystems
from ccdcgan.crystals.matching import group
from ccdcgan.crystals.shortage import why
from ccdcgan.crystals.structures import Reason, Rejected, from_pymatgen, reject_table
from ccdcgan.prototypes.elements import PLAIN
from ccdcgan.prototypes.entry import Cell, Entry
from ccdcgan.prototypes.filling import fill, longest_edge
from ccdcgan.prototypes.sources import aflow
from ccdcgan.prototypes.sources.registry import read_entries
from ccdcgan.prototypes.stratification import stratified_order

__all__ = [
    "PrototypeSet",
    "enumerate_prototypes",
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
    "remarks",
]
KNOWN_COMPOUNDS = ("files", "materials_project", "optimade")
"""Sources whose structures of the system's own elements are compounds that somebody made or calculated."""
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
    elements: Sequence[Atoms] = ()
    """Structures of one of the system's elements among the rejected, as they are: references."""

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

    @property
    def known(self) -> bool:
        """Somebody's structure of the system's own elements."""
        return self.name == self.entry.origin.name and self.entry.origin.source in KNOWN_COMPOUNDS


def substitute_prototypes(section: Prototypes, system: list[str], tolerances: Matching, seed: int) -> PrototypeSet:
    """Enumerate as `enumerate_prototypes` does, and take the sample that the section asks for."""
    found = enumerate_prototypes(section, system, tolerances, seed)
    table, rejected = take_sample(found.table, found.rejected, section.sample)
    return PrototypeSet(found.structures[: section.sample], table, rejected, found.elements)


def enumerate_prototypes(section: Prototypes, system: list[str], tolerances: Matching, seed: int) -> PrototypeSet:
    """Put the elements of a system into the prototypes of all sources, in every order.

    A structure of the system's own elements enters as it is. Others take the elements in every order, and, where the
    source allows it, several species one element in every way. A candidate is rejected for the first of these reasons:
    whatever its source says, ``species`` (too few, or too many), ``too_many_atoms``, ``volume``, ``too_long``,
    ``duplicate`` (of a candidate with fewer atoms; with as many atoms, of a known compound, of an earlier source, and
    there of one of lower rank; known compounds and common structure types only of one of the same space group, as
    StructureMatcher takes wurtzite for flat boron nitride).

    First come the known compounds of the system, then the common structure types, the simplest first. The others
    take turns through compositions, within each through cell sizes, within each through crystal families, as
    `stratified_order` says: every beginning is a sample, and one of a larger size begins with one of a smaller size.

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
    eligible, unfit, elements = _eligible(read_entries(section, system, seed), system, section)
    if not eligible:
        reasons = why("prototypes", [str(error.reason) for _, error in unfit])
        raise ValueError(
            f"prototypes.sources: found no usable structure of {'-'.join(system)} among {len(unfit)} candidates "
            f"of {', '.join(section.sources)}, expected at least one. {reasons}"
        )
    ranks: dict[str, int] = {name: rank for rank, name in enumerate(section.sources)}

    def place(each: _Candidate) -> tuple[object, ...]:
        return len(each.structure), not each.known, ranks[each.entry.origin.source], each.entry.rank, each.name

    eligible.sort(key=place)
    found = replace(_ordered(eligible, unfit, tolerances, seed), elements=elements)
    log.info("candidates by source:\n%s", found.counts().to_string())
    return found


def substitute_subsystems(section: Prototypes, system: list[str], tolerances: Matching, seed: int) -> PrototypeSet:
    """Put some of a system's elements, at least two and not all, into the AFLOW prototypes of as many species.

    Of every choice, a sample of ``section.subsystems`` cells is taken, in the order of `enumerate_prototypes`.
    """
    structures: list[Atoms] = []
    tables = [pd.DataFrame(columns=TABLE_COLUMNS)]
    rejects = [reject_table([])]
    for part in subsystems(system):
        eligible, unfit, _ = _eligible(aflow.read(PLAIN, section, part, seed), part, section)
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
    eligible: Sequence[_Candidate], unfit: list[tuple[str, Rejected]], tolerances: Matching, seed: int
) -> PrototypeSet:
    """Candidates without duplicates, in the order of the sample."""
    distinct, duplicates = _distinct(eligible, tolerances)
    known = [candidate for candidate in distinct if candidate.known]
    common = [candidate for candidate in distinct if candidate.entry.common is not None and not candidate.known]
    first = {candidate.name for candidate in [*known, *common]}
    others = [candidate for candidate in distinct if candidate.name not in first]
    order = stratified_order([_strata(candidate) for candidate in others], np.random.default_rng(seed))
    common.sort(key=lambda each: (each.entry.common or (), each.name))
    ordered = [*known, *common, *(others[index] for index in order)]
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


def _eligible(
    entries: Iterable[Entry], system: Sequence[str], section: Prototypes
) -> tuple[list[_Candidate], list[tuple[str, Rejected]], list[Atoms]]:
    """All candidates within the bounds, the others, and those among the others that are elements."""
    candidates: list[_Candidate] = []
    rejects: list[tuple[str, Rejected]] = []
    elements: list[Atoms] = []
    max_length = longest_edge(section.max_length, system)
    for entry in entries:
        whole = entry.origin.name
        if isinstance(entry.cell, Rejected):
            rejects.append((whole, _told(entry.cell, entry)))
            continue
        if entry.elements is not None and len(set(entry.elements)) == 1 and set(entry.elements) <= set(system):
            elements.append(_as_it_is(entry.cell, entry.elements, whole))
            why_not = Rejected(Reason.SPECIES, f"an element, so a reference of {entry.elements[0]}")
            rejects.append((whole, _told(why_not, entry)))
            continue
        try:
            choices = list(_choices(entry, entry.cell, system))
        except Rejected as error:
            rejects.append((whole, _told(error, entry)))
            continue
        for choice in choices:
            as_it_is = choice == entry.elements
            name = whole if as_it_is else ".".join([whole, *choice])
            try:
                structure, space_group = fill(entry.cell, choice, section, max_length, rescale=not as_it_is)
                candidates.append(_Candidate(name, entry, structure, space_group))
            except Rejected as error:
                rejects.append((name, _told(error, entry)))
    return candidates, rejects, elements


def _as_it_is(cell: Cell, elements: Sequence[str], name: str) -> Atoms:
    symbols = [elements[kind] for kind in cell.species]
    return Atoms(symbols, cell=cell.lattice, scaled_positions=cell.positions, pbc=True, info={"id": name})


def _told(rejected: Rejected, entry: Entry) -> Rejected:
    """With what the entry's reader remarked, which stands in no other table then."""
    return Rejected(rejected.reason, "; ".join(filter(None, (rejected.detail, *entry.remarks))))


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
    candidates: Sequence[_Candidate], tolerances: Matching
) -> tuple[list[_Candidate], list[tuple[str, Rejected]]]:
    """The first of all matching candidates, and the others.

    Of known compounds and common structure types that match the same one, the first of every space group is kept.
    """
    first = group([candidate.structure for candidate in candidates], tolerances)
    distinct: list[_Candidate] = []
    rejects = []
    kept: set[tuple[str, int]] = set()
    for candidate, other in zip(candidates, (candidates[index] for index in first), strict=True):
        precious = candidate.known or candidate.entry.common is not None
        variant = (other.name, candidate.space_group)
        if candidate is other or (precious and variant not in kept):
            distinct.append(candidate)
            kept.add(variant)
        else:
            why_not = Rejected(Reason.DUPLICATE, f"matches {other.name}")
            rejects.append((candidate.name, _told(why_not, candidate.entry)))
    return distinct, rejects


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
        "remarks": "; ".join(candidate.entry.remarks),
    }


def _stoichiometry(cell: Cell) -> str:
    """Of the species, for example A2B3."""
    counts = np.bincount(cell.species)
    divisor = reduce(gcd, counts.tolist())
    parts = [(chr(ord("A") + kind), count // divisor) for kind, count in enumerate(counts)]
    return "".join(letter + (str(count) if count > 1 else "") for letter, count in parts)
