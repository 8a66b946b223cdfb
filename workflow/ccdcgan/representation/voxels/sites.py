"""The sites voxel: the density of one element's atoms in a cubic box (Eq. 4), and the atoms back from a density.

Voxel ``(i, j, k)`` holds the density at its own centre, which lies ``(i, j, k) - (grid - 1) / 2`` voxel edges from the
centre of the box. Flipping or transposing the array is therefore a reflection of the crystal.

In a rectangular box a three-dimensional Gaussian is the outer product of three one-dimensional ones. Both directions
rest on it: the density is one matrix product, and so are the projections that a least-squares fit needs.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.spatial import cKDTree
from scipy.stats import median_abs_deviation

from ccdcgan.config.voxels import Voxels

__all__ = ["find_peaks", "fit_peaks", "sites_voxel"]

MAX_ITERATIONS = 20
"""Of the fit; three to six are usual."""
CONVERGED = 1e-5
"""Angstrom; the fit ends when no atom moves further."""
DAMPING = 1e-3
"""Relative increase of the diagonal of the normal matrix, which keeps it regular where two peaks nearly coincide."""
MIN_HEIGHT = 0.05
"""Of a fitted Gaussian, so that steps of its position stay finite."""
UNEXPLAINED = 0.1
"""Of the squared residual above white noise: more peaks are believed only if they leave no more of it. What a network
draws differs from Gaussians everywhere, and there peaks in the residual are ghosts, which leave most of it."""
SIGNIFICANT = 10
"""Standard deviations of the sum of squares of white noise; what exceeds it by less is no peak."""


def sites_voxel(positions: NDArray[np.float64], voxels: Voxels) -> NDArray[np.float32]:
    """Density of atoms as a sum of Gaussians of height 1, Eq. (4).

    Parameters
    ----------
    positions : ndarray, shape (n, 3)
        Relative to the centre of the box, in angstrom.
    voxels
        Grid, box and sigma.

    Returns
    -------
    ndarray, shape (grid, grid, grid)
        Dimensionless density; axes along x, y, z.
    """
    return _density(positions, voxels)


def find_peaks(voxel: NDArray[np.floating], voxels: Voxels, threshold: float) -> NDArray[np.float64]:
    """Local maxima of a voxel, to the nearest voxel: where `fit_peaks` begins.

    A maximum is a voxel that none of its 26 neighbours exceeds; touching ones are a plateau and count once. Two
    Gaussians of one height that are nearer than two sigma have only one maximum: of two maxima that near, the lower
    one is noise.

    Parameters
    ----------
    voxel : ndarray, shape (grid, grid, grid)
        A density, possibly noisy.
    voxels
        Grid, box and sigma.
    threshold
        Height from which a local maximum counts as an atom.

    Returns
    -------
    ndarray, shape (n, 3)
        Relative to the centre of the box, in angstrom; the highest peak first.

    Raises
    ------
    ValueError
        If the voxel has another shape.
    """
    grid, spacing = voxels.sites_grid, voxels.sites_box / voxels.sites_grid
    if voxel.shape != (grid, grid, grid):
        raise ValueError(f"found a sites voxel of shape {voxel.shape}, expected {(grid, grid, grid)}")
    high = np.nonzero(voxel >= threshold)
    padded = np.pad(voxel, 1, constant_values=-np.inf)
    rim = np.max([padded[tuple(np.add(high, np.array(step)[:, None]))] for step in product(range(3), repeat=3)], axis=0)
    summits = np.zeros(voxel.shape, dtype=bool)
    summits[high] = voxel[high] >= rim

    plateaus, count = label(summits, structure=np.ones((3, 3, 3)))
    number = plateaus[summits] - 1
    size = np.bincount(number, minlength=count)
    indices = [np.bincount(number, weights=axis, minlength=count) / size for axis in np.nonzero(summits)]
    centres = (np.column_stack(indices) - (grid - 1) / 2) * spacing
    heights = np.zeros(count)
    heights[number] = voxel[summits]
    return _drop_neighbours(centres[np.argsort(-heights, kind="stable")], 2 * voxels.sites_sigma)


def fit_peaks(
    voxel: NDArray[np.floating], voxels: Voxels, peaks: NDArray[np.float64], threshold: float
) -> NDArray[np.float64]:
    """Positions by a joint least-squares fit of Gaussians of free height, after `find_peaks`.

    Gauss-Newton steps on the heights and positions of all peaks at once, over every voxel of the box, so that
    overlapping neighbours do not pull at each other. No peak moves further than two sigma along an axis, or out of the
    box. A peak whose Gaussian ends up lower than the threshold was a single high voxel, and is dropped.

    Two atoms so near that the grid shows one maximum leave a peak in the residual. It is added if the fit then explains
    nearly everything but white noise (`UNEXPLAINED`).

    Parameters
    ----------
    voxel : ndarray, shape (grid, grid, grid)
        A density, possibly noisy.
    voxels
        Grid, box and sigma.
    peaks : ndarray, shape (n, 3)
        Approximate positions relative to the centre of the box, in angstrom.
    threshold
        Height of the fitted Gaussian from which a peak counts as an atom, and of a residual from which it is searched.

    Returns
    -------
    ndarray, shape (m, 3)
        In the order given, in angstrom, without those that were dropped; peaks of the residual follow.
    """
    if len(peaks) == 0:
        return peaks
    density = np.ascontiguousarray(voxel, dtype=np.float32)
    positions, heights, residual = _fit(density, voxels, peaks)
    while len(hidden := find_peaks(residual, voxels, threshold)):
        *more, left = _fit(density, voxels, np.concatenate([positions, hidden]))
        noise = left.size * median_abs_deviation(left, axis=None, scale="normal") ** 2
        before, after = np.square(residual).sum() - noise, np.square(left).sum() - noise
        if before < SIGNIFICANT * noise * np.sqrt(2 / left.size) or after > UNEXPLAINED * before:
            break
        positions, heights, residual = *more, left
    return positions[heights >= threshold]


def _fit(
    density: NDArray[np.float32], voxels: Voxels, peaks: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
    """Fitted positions and heights of peaks, and what of the density they leave."""
    lowest = np.maximum(peaks - 2 * voxels.sites_sigma, -voxels.sites_box / 2)
    highest = np.minimum(peaks + 2 * voxels.sites_sigma, voxels.sites_box / 2)
    positions, heights = peaks, np.ones(len(peaks))
    for _ in range(MAX_ITERATIONS):
        normal, projections = _normal_equations(density, positions, voxels)
        gradient = projections.ravel() - normal[:, : len(peaks)] @ heights
        normal[np.diag_indices_from(normal)] *= 1 + DAMPING
        step = np.linalg.solve(normal, gradient).reshape(4, -1)
        # The columns of the fit are derivatives of Gaussians of height 1, so it finds height times displacement.
        moved = np.clip(positions + (step[1:] / heights).T, lowest, highest)
        heights = np.maximum(heights + step[0], MIN_HEIGHT)
        distance, positions = np.abs(moved - positions).max(), moved
        if distance < CONVERGED:
            break
    return positions, heights, density - _density(positions, voxels, heights)


def _density(
    positions: NDArray[np.float64], voxels: Voxels, heights: NDArray[np.float64] | float = 1.0
) -> NDArray[np.float32]:
    """Sum of Gaussians of the given heights, shape (grid, grid, grid)."""
    x, y, z = _gaussians(positions, voxels).astype(np.float32)
    grid = voxels.sites_grid
    planes = (x[:, :, None] * y[:, None, :]).reshape(-1, grid * grid)
    density: NDArray[np.float32] = planes.T @ (z.T * np.float32(heights)).T
    return density.reshape(grid, grid, grid)


def _gaussians(positions: NDArray[np.float64], voxels: Voxels) -> NDArray[np.float64]:
    """One-dimensional Gaussians, shape (3, n, grid): for each axis and atom its factor of the density."""
    return np.exp(-(_offsets(positions, voxels) ** 2) / (2 * voxels.sites_sigma**2))


def _offsets(positions: NDArray[np.float64], voxels: Voxels) -> NDArray[np.float64]:
    """Distance of every grid plane from every atom along each axis, shape (3, n, grid), in angstrom."""
    grid = voxels.sites_grid
    points = (np.arange(grid) - (grid - 1) / 2) * voxels.sites_box / grid
    return points - positions.T[:, :, None]


def _normal_equations(
    density: NDArray[np.float32], positions: NDArray[np.float64], voxels: Voxels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the fit of n Gaussians and their derivatives along x, y, z.

    Returns
    -------
    normal : ndarray, shape (4 n, 4 n)
        Scalar products among the 4 n functions: all Gaussians, all derivatives along x, along y, along z.
    projections : ndarray, shape (4, n)
        Their scalar products with the density.
    """
    value = _gaussians(positions, voxels)
    slope = value * _offsets(positions, voxels) / voxels.sites_sigma**2
    factors = np.stack([value, value, value, value])
    for axis in range(3):
        factors[axis + 1, axis] = slope[axis]

    flat = factors.transpose(1, 0, 2, 3).reshape(3, -1, voxels.sites_grid)
    normal = (flat @ flat.transpose(0, 2, 1)).prod(axis=0)

    rows = density.reshape(-1, voxels.sites_grid).T
    summed_over_z = (factors[[0, 3], 2].astype(np.float32) @ rows).reshape(2, len(positions), *density.shape[:2])
    planes = summed_over_z[[0, 0, 0, 1]]
    projections = (factors[:, 0, :, None, :] @ planes @ factors[:, 1, :, :, None])[:, :, 0, 0]
    return normal, projections


def _drop_neighbours(points: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
    """The points without those that are nearer than a distance to one that stays and comes before them."""
    stays = np.ones(len(points), dtype=bool)
    pairs = cKDTree(points).query_pairs(distance, output_type="ndarray") if len(points) else np.empty((0, 2), dtype=int)
    for earlier, later in pairs[np.lexsort(pairs.T[::-1])]:
        stays[later] &= not stays[earlier]
    return points[stays]
