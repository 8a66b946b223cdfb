"""Which structures of many are the same, and which known one is the nearest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from ase import Atoms
from pymatgen.core import Structure

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.equality import Cell, KnownCells, reduce_cell
from ccdcgan.crystals.structures import to_pymatgen

__all__ = ["find_matches", "group", "match_candidates", "nearest"]

CUTOFF = 8.0
"""Of the fingerprint, in angstrom."""
WIDTH = 0.2
"""Of the fingerprint's Gaussians and of its grid, in angstrom."""
CHUNK = 1000
"""Structures compared with all known ones at once: 80 MB for 10,000 known ones."""
ROUNDING = 1e-12
"""Difference of two cosines that is rounding."""


def group(structures: Sequence[Structure], tolerances: Matching) -> list[int]:
    """For every structure the index of the first one that it matches, itself if there is none.

    Greedy: a structure is compared with the representatives before it, never with other members, so the result
    depends on the order and on nothing else. One that pymatgen cannot reduce matches none.

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
    return _group(_reduce(structures, "structure"), tolerances)


def find_matches(structures: Sequence[Structure], known: Sequence[Structure], tolerances: Matching) -> list[int | None]:
    """For every structure the index of the first known one that it matches, or None.

    A structure that pymatgen cannot reduce matches none.
    """
    return _find(_reduce(structures, "structure"), _reduce(known, "known structure"), tolerances)


def _reduce(structures: Sequence[Structure], name: str) -> Iterator[Cell | None]:
    return (reduce_cell(structure, f"{name} {index}") for index, structure in enumerate(structures))


def _group(cells: Iterable[Cell | None], tolerances: Matching) -> list[int]:
    representatives = KnownCells(tolerances)
    result = []
    for index, cell in enumerate(cells):
        same = None if cell is None else representatives.first(cell)
        if cell is not None and same is None:
            representatives.add(index, cell)
        result.append(index if same is None else same)
    return result


def _find(cells: Iterable[Cell | None], known: Iterable[Cell | None], tolerances: Matching) -> list[int | None]:
    references = KnownCells(tolerances)
    for index, cell in enumerate(known):
        if cell is not None:
            references.add(index, cell)
    return [None if cell is None else references.first(cell) for cell in cells]


def _fingerprint(atoms: Atoms, system: Sequence[str]) -> np.ndarray:
    """Partial radial distribution functions less one, one row of the grid for each pair of elements.

    After Oganov and Valle, J. Chem. Phys. 130, 104504 (2009), Eq. (3), with every pair of elements weighted alike.
    """
    grid = np.arange(WIDTH, CUTOFF, WIDTH)
    first, second, _, distances = to_pymatgen(atoms).get_neighbor_list(CUTOFF + 3 * WIDTH)
    symbols = np.array(atoms.get_chemical_symbols())
    parts = []
    for one, other in combinations_with_replacement(system, 2):
        chosen = distances[(symbols[first] == one) & (symbols[second] == other)]
        pairs = (symbols == one).sum() * (symbols == other).sum()
        gaussians = np.exp(-((grid[:, None] - chosen) ** 2) / (2 * WIDTH**2)) / (np.sqrt(2 * np.pi) * WIDTH)
        ideal = 4 * np.pi * grid**2 * pairs / atoms.get_volume()
        parts.append(gaussians.sum(axis=1) / ideal - 1 if pairs else np.zeros_like(grid))
    return np.concatenate(parts)


def _fingerprints(structures: Sequence[Atoms], system: Sequence[str]) -> np.ndarray:
    """Fingerprints of length one, a row for each structure."""
    vectors = np.array([_fingerprint(atoms, system) for atoms in structures])
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def nearest(structures: Sequence[Atoms], known: Sequence[Atoms], system: Sequence[str]) -> list[tuple[int, float]]:
    """For every structure the index of the known one with the most similar radial distribution functions.

    Returns
    -------
    list of tuple of int and float
        Index into ``known`` and cosine distance, from 0 (alike) to 1.

    Raises
    ------
    ValueError
        If there are structures but no known ones.
    """
    if len(structures) and not len(known):
        raise ValueError("database: found no structure, expected at least one to be the nearest")
    vectors = _fingerprints(known, system)
    result: list[tuple[int, float]] = []
    for start in range(0, len(structures), CHUNK):
        similarities = _fingerprints(structures[start : start + CHUNK], system) @ vectors.T
        # Equal fingerprints differ by rounding in a product of matrices: the first of the nearest is taken.
        best = np.argmax(similarities >= similarities.max(axis=1, keepdims=True) - ROUNDING, axis=1)
        distances = np.clip((1 - similarities[np.arange(len(best)), best]) / 2, 0, 1)
        result += zip(best.tolist(), distances.tolist(), strict=True)
    return result


def match_candidates(
    candidates: Sequence[Atoms],
    database: Sequence[Atoms],
    system: Sequence[str],
    tolerances: Matching,
    elements: Sequence[Atoms] = (),
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
    elements
        Phases of the elements, with ids, which are known as well: a crystal that equals one is not distinct.

    Returns
    -------
    DataFrame
        Columns ``id``; ``database_match``, id of the structure of the database or phase of an element that it equals,
        or None; ``candidate_match``, id of the first candidate that it equals (its own if it is the first);
        ``distinct``; ``nearest_known`` and ``nearest_distance``, the database structure with the most similar radial
        distribution functions and their cosine distance.
    """
    names = [atoms.info["id"] for atoms in candidates]
    known = [atoms.info["id"] for atoms in [*database, *elements]]
    cells = [reduce_cell(to_pymatgen(atoms), name) for atoms, name in zip(candidates, names, strict=True)]
    everything = zip([*database, *elements], known, strict=True)
    references = (reduce_cell(to_pymatgen(atoms), name) for atoms, name in everything)
    in_database = _find(cells, references, tolerances)
    first = _group(cells, tolerances)
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
