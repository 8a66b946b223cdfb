"""Which structures are the same (pymatgen's StructureMatcher), and which known one is the nearest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from ase import Atoms
from ase.neighborlist import neighbor_list
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Structure

from ccdcgan.config import Matching
from ccdcgan.structures import to_pymatgen

__all__ = ["find_matches", "group", "match_candidates", "matcher", "nearest"]


def matcher(tolerances: Matching) -> StructureMatcher:
    """StructureMatcher with the config's tolerances; cells are reduced to primitive ones and scaled to equal volume."""
    return StructureMatcher(ltol=tolerances.ltol, stol=tolerances.stol, angle_tol=tolerances.angle_tol)


class _Reduced:
    """Structures reduced to primitive Niggli cells once, so that comparing many pairs does not do it again."""

    def __init__(self, tolerances: Matching) -> None:
        self._reducer = matcher(tolerances)
        self._matcher = StructureMatcher(
            ltol=tolerances.ltol, stol=tolerances.stol, angle_tol=tolerances.angle_tol, primitive_cell=False
        )
        self._buckets: dict[tuple[str, int], list[tuple[int, Structure]]] = defaultdict(list)

    def reduce(self, structure: Structure) -> Structure:
        reduced: Structure = self._reducer._get_reduced_structure(structure, primitive_cell=True, niggli=True)
        return reduced

    def add(self, index: int, reduced: Structure) -> None:
        self._buckets[_key(reduced)].append((index, reduced))

    def find(self, reduced: Structure) -> int | None:
        """Index of the first structure added that matches."""
        for index, other in self._buckets[_key(reduced)]:
            if self._matcher.fit(other, reduced, skip_structure_reduction=True):
                return index
        return None


def _key(reduced: Structure) -> tuple[str, int]:
    """What two matching structures must share: the exact primitive formula."""
    return reduced.composition.reduced_formula, len(reduced)


def group(structures: Sequence[Structure], tolerances: Matching) -> list[int]:
    """For every structure the index of the first one that it matches, itself if there is none.

    Greedy: a structure is compared with the representatives before it, never with other members, so the result
    depends on the order and on nothing else.

    Parameters
    ----------
    structures
        In the order in which representatives are chosen.
    tolerances
        Of StructureMatcher.

    Returns
    -------
    list of int
        ``result[i] == i`` for representatives.
    """
    representatives = _Reduced(tolerances)
    result = []
    for index, structure in enumerate(structures):
        reduced = representatives.reduce(structure)
        same = representatives.find(reduced)
        if same is None:
            representatives.add(index, reduced)
        result.append(index if same is None else same)
    return result


def find_matches(structures: Sequence[Structure], known: Sequence[Structure], tolerances: Matching) -> list[int | None]:
    """For every structure the index of the first known one that it matches, or None."""
    references = _Reduced(tolerances)
    for index, structure in enumerate(known):
        references.add(index, references.reduce(structure))
    return [references.find(references.reduce(structure)) for structure in structures]


CUTOFF = 8.0
"""Of the fingerprint, in angstrom."""
WIDTH = 0.2
"""Of the fingerprint's Gaussians and of its grid, in angstrom."""


def _fingerprint(atoms: Atoms, system: Sequence[str]) -> np.ndarray:
    """Partial radial distribution functions less one, one row of the grid for each pair of elements.

    After Oganov and Valle, J. Chem. Phys. 130, 104504 (2009), Eq. (3), with every pair of elements weighted alike.
    """
    grid = np.arange(WIDTH, CUTOFF, WIDTH)
    first, second, distances = neighbor_list("ijd", atoms, CUTOFF + 3 * WIDTH)
    symbols = np.array(atoms.get_chemical_symbols())
    parts = []
    for one, other in combinations_with_replacement(system, 2):
        chosen = distances[(symbols[first] == one) & (symbols[second] == other)]
        pairs = (symbols == one).sum() * (symbols == other).sum()
        gaussians = np.exp(-((grid[:, None] - chosen) ** 2) / (2 * WIDTH**2)) / (np.sqrt(2 * np.pi) * WIDTH)
        ideal = 4 * np.pi * grid**2 * pairs / atoms.get_volume()
        parts.append(gaussians.sum(axis=1) / ideal - 1 if pairs else np.zeros_like(grid))
    return np.concatenate(parts)


def nearest(structures: Sequence[Atoms], known: Sequence[Atoms], system: Sequence[str]) -> list[tuple[int, float]]:
    """For every structure the index of the known one with the most similar radial distribution functions.

    Returns
    -------
    list of tuple of int and float
        Index into ``known`` and cosine distance, from 0 (alike) to 1.
    """
    vectors = np.array([_fingerprint(atoms, system) for atoms in known])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    result = []
    for atoms in structures:
        vector = _fingerprint(atoms, system)
        distances = (1 - vectors @ vector / np.linalg.norm(vector)) / 2
        best = int(np.argmin(distances))
        result.append((best, float(distances[best])))
    return result


def match_candidates(
    candidates: Sequence[Atoms], database: Sequence[Atoms], system: Sequence[str], tolerances: Matching
) -> pd.DataFrame:
    """Which candidates are distinct: differ from the database and from every candidate before them.

    Parameters
    ----------
    candidates, database
        Relaxed structures, with ids.
    system
        Element symbols.
    tolerances
        Of StructureMatcher.

    Returns
    -------
    DataFrame
        Columns ``id``; ``database_match``, id of the database structure that it equals, or None; ``candidate_match``,
        id of the first candidate that it equals (its own if it is the first); ``distinct``; ``nearest_known`` and
        ``nearest_distance``, the database structure with the most similar radial distribution functions and their
        cosine distance.
    """
    crystals = [to_pymatgen(atoms) for atoms in candidates]
    names = [atoms.info["id"] for atoms in candidates]
    known = [atoms.info["id"] for atoms in database]
    in_database = find_matches(crystals, [to_pymatgen(atoms) for atoms in database], tolerances)
    first = group(crystals, tolerances)
    close = nearest(candidates, database, system)
    return pd.DataFrame(
        {
            "id": names,
            "database_match": [None if match is None else known[match] for match in in_database],
            "candidate_match": [names[index] for index in first],
            "distinct": [
                match is None and index == own
                for own, (match, index) in enumerate(zip(in_database, first, strict=True))
            ],
            "nearest_known": [known[index] for index, _ in close],
            "nearest_distance": [distance for _, distance in close],
        }
    )
