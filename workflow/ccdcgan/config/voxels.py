"""Section ``voxels``: both grids."""

from __future__ import annotations

from ccdcgan.config.quantities import Grid, Length
from ccdcgan.config.values import Section

__all__ = ["Voxels", "halvings"]


class Voxels(Section):
    """The two voxel grids of Eqs. (3) and (4)."""

    sites_grid: Grid
    """Points along one edge of the sites voxel (paper: 64)."""
    sites_box: Length
    """Edge of the cubic box that holds the atoms, in angstrom (authors' code: 15)."""
    sites_sigma: Length
    """Standard deviation of the Gaussian of an atom, in angstrom."""
    lattice_grid: Grid
    """Points along one edge of the lattice voxel (paper: 32)."""
    lattice_sigma: Length
    """Standard deviation of the Gaussian at the centre of the cell, in angstrom."""


def halvings(grid: int) -> int:
    """How often an autoencoder halves a grid of this many points: as long as it is even and 4 or more are left."""
    return 1 + halvings(grid // 2) if grid % 2 == 0 and grid >= 8 else 0
