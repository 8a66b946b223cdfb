"""The lattice voxel: a Gaussian about the centre of the unit cell (Eq. 3), and the cell back from it.

The grid is fractional: voxel ``(i, j, k)`` lies at ``d = ((i, j, k) - (grid - 1) / 2) / grid`` lattice vectors from the
centre, so its distance r from there in real space, and with it ``p = exp(-r^2 / (2 sigma^2))``, holds the metric tensor
``G`` of the cell: ``-2 sigma^2 ln p = r^2 = d^T G d``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from ase.cell import Cell
from numpy.typing import NDArray
from scipy.ndimage import label

from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import Reason, Rejected

__all__ = ["lattice_voxel", "read_lattice"]

START_LEVELS = (0.2, 0.05, 0.01, 0.001)
"""Of the highest value; the connected region above one of them gives the first estimate. The lower ones serve where
sigma is hardly wider than a voxel, and only few voxels are high."""
MODEL_LEVEL = 1e-3
"""Voxels whose fitted value is below it carry no weight worth their cost."""
MAX_ITERATIONS = 20
CONVERGED = 1e-5
"""Largest change of ln p between two iterations that ends the fit."""
MAX_LOG = 1.0
"""Bound of the fitted ln p, so that a poor start does not overflow."""
MIN_EDGE = 1.0
"""Angstrom; no crystal has a shorter lattice vector."""
MIN_FLATNESS = 0.2
"""Bound of volume / (a b c); Niggli cells have at least 0.70."""


def lattice_voxel(cell: NDArray[np.float64], voxels: Voxels) -> NDArray[np.float32]:
    """Gaussian about the centre of the cell, Eq. (3).

    Parameters
    ----------
    cell : ndarray, shape (3, 3)
        Lattice vectors as rows, in angstrom.
    voxels
        Grid and sigma.

    Returns
    -------
    ndarray, shape (grid, grid, grid)
        Dimensionless density; axes along a, b, c.
    """
    grid = voxels.lattice_grid
    metric = cell @ cell.T
    logarithm = _quadratic_terms(grid) @ metric[np.triu_indices(3)] / (-2 * voxels.lattice_sigma**2)
    return np.exp(logarithm).astype(np.float32).reshape(grid, grid, grid)


def read_lattice(voxel: NDArray[np.floating], voxels: Voxels) -> NDArray[np.float64]:
    """The cell that a lattice voxel shows: the inverse of `lattice_voxel` up to a rotation of the crystal.

    Weighted least squares of ``ln p`` for the six components of the metric tensor and the height of the Gaussian, over
    all voxels that carry signal. Noise of p is noise of ln p divided by p, so the weights are p^2. They are taken, like
    the point about which the logarithm is expanded, from the previous fit and not from the noisy voxel: the fixed point
    is the least-squares fit of p itself, without the bias of logarithms of noise, and values at or below zero count.

    Parameters
    ----------
    voxel : ndarray, shape (grid, grid, grid)
        A density, possibly noisy.
    voxels
        Grid, sigma and box.

    Returns
    -------
    ndarray, shape (3, 3)
        Lattice vectors as rows, in angstrom; lower triangular (a along x, b in the xy plane).

    Raises
    ------
    ValueError
        If the voxel has another shape.
    Rejected
        NO_LATTICE if there is no density about the centre, if too few voxels carry signal, if the metric tensor is not
        positive definite, or if the cell is absurd: an edge under 1 angstrom or over twice the box of the sites, or a
        volume below 0.2 a b c.
    """
    grid = voxels.lattice_grid
    if voxel.shape != (grid, grid, grid):
        raise ValueError(f"found a lattice voxel of shape {voxel.shape}, expected {(grid, grid, grid)}")
    if not np.isfinite(voxel).all():
        raise Rejected(Reason.NO_LATTICE, "a voxel is not a finite number")
    if voxel.max() <= 0:
        raise Rejected(Reason.NO_LATTICE, f"highest value {voxel.max():.3g}, more than 0")
    terms = np.column_stack([_quadratic_terms(grid) / (-2 * voxels.lattice_sigma**2), np.ones(grid**3)])
    metric = np.empty((3, 3))
    upper = np.triu_indices(3)
    metric[upper] = _fit(terms, voxel.ravel().astype(float), _first_estimate(terms, voxel))[:6]
    metric.T[upper] = metric[upper]
    return _checked_cell(metric, 2 * voxels.sites_box)


@cache
def _quadratic_terms(grid: int) -> NDArray[np.float64]:
    """Shape (grid^3, 6): what the upper triangle of the metric tensor, row by row, is multiplied by to give r^2."""
    axis = (np.arange(grid) - (grid - 1) / 2) / grid
    x, y, z = (coordinate.ravel() for coordinate in np.meshgrid(axis, axis, axis, indexing="ij"))
    terms = np.column_stack([x * x, 2 * x * y, 2 * x * z, y * y, 2 * y * z, z * z])
    terms.setflags(write=False)
    return terms


def _first_estimate(terms: NDArray[np.float64], voxel: NDArray[np.floating]) -> NDArray[np.float64]:
    """Coefficients of ``ln p = terms @ coefficients``, shape (7,), from the high voxels about the centre."""
    top = voxel.max()
    for level in START_LEVELS:
        regions, _ = label(voxel >= level * top)
        centre = regions[tuple(edge // 2 for edge in voxel.shape)]
        if centre == 0:
            raise Rejected(Reason.NO_LATTICE, f"the centre is below {level} times the highest value")
        region = (regions == centre).ravel()
        weight = voxel.ravel()[region].astype(float)
        coefficients, _, rank, _ = np.linalg.lstsq(terms[region] * weight[:, None], np.log(weight) * weight)
        if rank == terms.shape[1]:
            return coefficients.astype(np.float64)
    raise Rejected(Reason.NO_LATTICE, f"{region.sum()} voxels about the centre carry signal, too few for a cell")


def _fit(
    terms: NDArray[np.float64], density: NDArray[np.float64], coefficients: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Least-squares fit of ``exp(terms @ coefficients)`` to the density by iterative reweighting, from an estimate."""
    for _ in range(MAX_ITERATIONS):
        model = np.exp(np.minimum(terms @ coefficients, MAX_LOG))
        signal = model > MODEL_LEVEL
        model, used = model[signal], terms[signal]
        slopes = used * model[:, None]
        step = np.linalg.lstsq(slopes.T @ slopes, slopes.T @ (density[signal] - model), rcond=None)[0]
        coefficients = coefficients + step
        if np.abs(used @ step).max(initial=0) < CONVERGED:
            break
    return coefficients


def _checked_cell(metric: NDArray[np.float64], max_edge: float) -> NDArray[np.float64]:
    """Lower triangular cell of a metric tensor, or Rejected."""
    try:
        cell = np.linalg.cholesky(metric).astype(np.float64)
    except np.linalg.LinAlgError:
        smallest = np.linalg.eigvalsh(metric)[0]
        raise Rejected(
            Reason.NO_LATTICE, f"smallest eigenvalue of the metric tensor {smallest:.3g} angstrom^2, more than 0"
        ) from None
    lengths = Cell(cell).lengths()
    if lengths.min() < MIN_EDGE or lengths.max() > max_edge:
        found = ", ".join(f"{length:.2f}" for length in lengths)
        raise Rejected(Reason.NO_LATTICE, f"edges of {found} angstrom, between {MIN_EDGE} and {max_edge}")
    flatness = np.linalg.det(cell) / lengths.prod()
    if flatness < MIN_FLATNESS:
        raise Rejected(Reason.NO_LATTICE, f"volume {flatness:.3f} times a b c, at least {MIN_FLATNESS}")
    return cell
