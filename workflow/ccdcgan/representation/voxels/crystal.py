"""From voxels to crystals: what the generator's networks draw becomes a structure, or is rejected with a reason."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.crystals.volumes import expected_volume
from ccdcgan.representation.voxels.lattice import read_lattice
from ccdcgan.representation.voxels.sites import find_peaks, fit_peaks

__all__ = ["decode"]


def decode(
    sites: NDArray[np.floating],
    lattice: NDArray[np.floating],
    system: Sequence[str],
    voxels: Voxels,
    decoding: Decoding,
) -> Structure:
    """Crystal of a set of voxels.

    Atoms keep their cartesian distances in the box; where the centre of the box lies in the cell has no meaning. Two
    peaks of one element that lie within ``min_distance`` of each other once both are wrapped into the cell are two
    periodic images of one atom, which is put at their mean. Peaks of different elements that near are a fault.

    Parameters
    ----------
    sites : ndarray, shape (number of elements, grid, grid, grid)
        One sites voxel for each element of the system, in its order.
    lattice : ndarray, shape (grid, grid, grid)
        Lattice voxel.
    system
        Element symbols.
    voxels
        Grids, box and sigmas.
    decoding
        Threshold of peaks, and bounds.

    Returns
    -------
    Structure
        Atoms in the order of the system, lattice vector a along x and b in the xy plane.

    Raises
    ------
    ValueError
        If a voxel has the wrong shape, or the number of sites voxels is not that of elements.
    Rejected
        NO_LATTICE if no lattice can be read, NO_ATOMS if an element of the system has no peak, TOO_MANY_ATOMS for more
        peaks than the config allows, VOLUME for a cell far from its atoms' own volumes, and TOO_CLOSE for a shorter
        distance (periodic images included) than the config allows.
    """
    if len(sites) != len(system):
        raise ValueError(f"found {len(sites)} sites voxels, expected one for each of {'-'.join(system)}")
    cell = Lattice(read_lattice(lattice, voxels))
    peaks = [find_peaks(voxel, voxels, decoding.threshold) for voxel in sites]
    # Before the fit, whose cost grows with the cube of their number.
    count = sum(map(len, peaks))
    if count > decoding.max_atoms:
        raise Rejected(Reason.TOO_MANY_ATOMS, f"{count} peaks, at most {decoding.max_atoms}")

    atoms = []
    for symbol, voxel, found in zip(system, sites, peaks, strict=True):
        positions = fit_peaks(voxel, voxels, found, decoding.threshold)
        if len(positions) == 0:
            raise Rejected(Reason.NO_ATOMS, f"no peak of {symbol} reaches {decoding.threshold}")
        images = Structure(cell, [symbol] * len(positions), positions, coords_are_cartesian=True, to_unit_cell=True)
        atoms.extend(images.merge_sites(decoding.min_distance, mode="delete"))
    structure = Structure.from_sites(atoms, to_unit_cell=True)
    _check_volume(structure, decoding.max_volume_ratio)
    _check_distances(structure, decoding.min_distance)
    return structure


def _check_volume(structure: Structure, max_ratio: float) -> None:
    """Reject a structure whose volume is not of the order of that of its atoms in a compound."""
    whole = expected_volume(site.specie.symbol for site in structure)
    if not 1 / max_ratio <= structure.volume / whole <= max_ratio:
        volume, expected = structure.volume / len(structure), whole / len(structure)
        raise Rejected(
            Reason.VOLUME, f"{volume:.3g} angstrom^3/atom, at most {max_ratio:g} times more or less than {expected:.3g}"
        )


def _check_distances(structure: Structure, min_distance: float) -> None:
    """Reject a structure with atoms, or an atom and its own image, nearer than a distance in angstrom."""
    distances = structure.distance_matrix
    np.fill_diagonal(distances, min(structure.lattice.abc))
    if distances.min() < min_distance:
        first, second = np.unravel_index(distances.argmin(), distances.shape)
        pair = f"{structure[int(first)].specie}-{structure[int(second)].specie}"
        raise Rejected(Reason.TOO_CLOSE, f"{pair} {distances.min():.2f} angstrom, at least {min_distance}")
