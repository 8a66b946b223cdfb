"""How the atoms of a periodic crystal enter the box of the sites voxel: one canonical finite cluster of each crystal.

A crystal has infinitely many images of every atom, and the voxel holds one. The rule:

1. The cell is the right-handed Niggli cell, turned so that a lies along x and b in the xy plane. Where its lattice has
   rotations, several choices of a, b and c give the same cell; all of them are considered.
2. The crystal is cut at its widest empty slab perpendicular to z, what remains free then at the widest one
   perpendicular to y, and then to x. The cluster's bounding box is so the smallest possible in z, given that in y,
   given both in x. Its edges are shorter than the diagonal elements of the triangular cell, which are no longer than
   the edges of the cell: a crystal whose longest edge is below the box less its margins always fits, whatever its
   angles. Layered crystals are cut in the gap between the layers.
3. Slabs of equal width, which symmetry makes frequent, give several such clusters. The most compact about the centre of
   its bounding box is taken, and among equally compact ones the first by a score that no symmetry leaves unchanged.
4. The centre of the bounding box, not the mean of the atoms, is put at the centre of the voxel: it leaves the largest
   distance to the walls, and does not depend on how many atoms lie on which side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import Reason, Rejected

__all__ = ["Cluster", "cluster", "margin"]

TOLERANCE = 1e-3
"""Angstrom (and its square and cube); differences below it count as none."""
SCORE_DIRECTION = 0.1 * np.sqrt([1.0, 2.0, 3.0])
"""1/angstrom; irrational, so that no rotation, reflection or exchange of axes leaves a score unchanged."""


@dataclass(frozen=True)
class Cluster:
    """A crystal as the voxels hold it: its cell, and one image of every atom.

    Attributes
    ----------
    cell : ndarray, shape (3, 3)
        Lattice vectors as rows, in angstrom: Niggli-reduced, right-handed, lower triangular (a along x, b in xy).
    positions : tuple of ndarray, shape (n_i, 3) each
        For each element of the system the positions of its atoms relative to the centre of the box, in angstrom.
    """

    cell: NDArray[np.float64]
    positions: tuple[NDArray[np.float64], ...]


def margin(voxels: Voxels) -> float:
    """Distance that atoms keep from the walls of the box, in angstrom.

    1.25 times sigma or the edge of one voxel, whichever is larger: every peak then lies within the outermost layer of
    voxels, so that it is a local maximum.
    """
    return 1.25 * max(voxels.sites_sigma, voxels.sites_box / voxels.sites_grid)


def cluster(structure: Atoms, system: Sequence[str], voxels: Voxels) -> Cluster:
    """Choose the canonical cell and images of a crystal (see the module's docstring).

    The result does not depend on the origin, the orientation or the choice of lattice vectors, and on the order of
    atoms only in the order of rows.

    Parameters
    ----------
    structure
        A crystal, periodic in three directions; lengths in angstrom.
    system
        Element symbols, in the order of the result.
    voxels
        Size of the box.

    Raises
    ------
    ValueError
        If the structure holds an element that is not in the system.
    Rejected
        NOT_FINITE for a coordinate that is no number, NO_LATTICE for a cell without volume or Niggli form, NO_ATOMS if
        an element of the system is missing, OUTSIDE_BOX if the cluster comes nearer to the walls than `margin`.
    """
    elements = _elements(structure, system)
    choices = [
        (cell, images) for cell, positions in _settings(*_niggli(structure)) for images in _most_cut(positions, cell)
    ]
    candidates = np.array([images for _, images in choices])
    candidates -= (candidates.min(axis=1, keepdims=True) + candidates.max(axis=1, keepdims=True)) / 2
    spread = (candidates**2).sum(axis=(1, 2))
    score = (np.exp(candidates @ SCORE_DIRECTION) * (1 + elements)).sum(axis=1)
    best = np.where(spread < spread.min() + TOLERANCE, score, -np.inf).argmax()
    cell, chosen = choices[best][0], candidates[best]

    reach, bound = np.abs(chosen).max(), voxels.sites_box / 2 - margin(voxels)
    if reach > bound:
        raise Rejected(Reason.OUTSIDE_BOX, f"an atom {reach:.2f} angstrom from the centre, at most {bound:.2f}")
    return Cluster(cell, tuple(chosen[elements == number] for number in range(len(system))))


def _elements(structure: Atoms, system: Sequence[str]) -> NDArray[np.int64]:
    """Number in the system of every atom's element."""
    symbols = structure.get_chemical_symbols()
    foreign = sorted(set(symbols) - set(system))
    if foreign:
        raise ValueError(f"found atoms of {', '.join(foreign)}, expected only elements of {'-'.join(system)}")
    missing = [symbol for symbol in system if symbol not in symbols]
    if missing:
        raise Rejected(Reason.NO_ATOMS, f"no {', '.join(missing)} in {structure.get_chemical_formula()}")
    return np.array([list(system).index(symbol) for symbol in symbols])


def _niggli(structure: Atoms) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right-handed Niggli vectors in the given orientation, shape (3, 3), and fractional coordinates, shape (n, 3)."""
    if not (np.isfinite(structure.cell.array).all() and np.isfinite(structure.positions).all()):
        raise Rejected(Reason.NOT_FINITE, "a coordinate of the cell or of an atom is not a finite number")
    if structure.cell.volume < TOLERANCE:
        raise Rejected(Reason.NO_LATTICE, f"cell volume {structure.cell.volume:.3g} angstrom^3, at least {TOLERANCE}")
    try:
        _, operation = structure.cell.niggli_reduce()
    except RuntimeError as error:
        raise Rejected(Reason.NO_LATTICE, f"cell of {structure.cell.cellpar().round(3)} has no Niggli cell") from error
    vectors = operation.T @ structure.cell.array * structure.cell.handedness
    return vectors, structure.positions @ np.linalg.inv(vectors)


def _settings(
    vectors: NDArray[np.float64], fractional: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """All choices of vectors that span the same cell: its lower triangular form, and cartesian positions in it."""
    metric = vectors @ vectors.T
    operations = _rotations()
    metrics = operations @ metric @ operations.transpose(0, 2, 1)
    same = np.abs(metrics - metric).max(axis=(1, 2)) < TOLERANCE * np.sqrt(metric.max())
    for operation in operations[same]:
        cell = np.linalg.cholesky(operation @ metric @ operation.T)
        yield cell, fractional @ np.linalg.inv(operation) @ cell


@cache
def _rotations() -> NDArray[np.float64]:
    """Matrices of entries -1, 0, 1 and determinant 1; every rotation of a lattice is one of them in a Niggli basis."""
    matrices = np.array(list(product((-1.0, 0.0, 1.0), repeat=9))).reshape(-1, 3, 3)
    return matrices[np.isclose(np.linalg.det(matrices), 1)]


def _most_cut(
    positions: NDArray[np.float64], cell: NDArray[np.float64], axis: int = 2
) -> Iterator[NDArray[np.float64]]:
    """All choices of images, shape (n, 3), that begin behind one of the widest empty slabs along z, then y, then x."""
    if axis < 0:
        yield positions
        return
    for start in _widest_gaps(positions[:, axis], cell[axis, axis]):
        shift = np.floor((positions[:, axis] - start + TOLERANCE) / cell[axis, axis])
        yield from _most_cut(positions - shift[:, None] * cell[axis], cell, axis - 1)


def _widest_gaps(heights: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    """Heights behind which no atom lies for the longest stretch, of a periodic arrangement; several if they tie."""
    levels = np.sort(heights % period)
    gaps = levels - np.roll(levels, 1)
    gaps[0] += period
    return levels[gaps > gaps.max() - TOLERANCE]
