"""Voxels of many crystals in one HDF5 file, written and read one crystal at a time.

The file holds, beside both voxels of every crystal, the cluster of atoms and the cell they are drawn from: drawing a
voxel anew from these is faster than reading it (and takes shifts, reflections or another sigma), while the stored
voxels can be looked at with any HDF5 tool. Equal input gives a file of equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
import pandas as pd
from ase import Atoms
from numpy.typing import NDArray

from ccdcgan import __version__
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import Rejected, reject_table
from ccdcgan.representation.voxels.imaging import Cluster, cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel

__all__ = ["VoxelFile", "voxelize"]

RESOLUTION = 2.0**-13
"""Stored voxels are rounded to multiples of this. It moves an atom read back by less than 0.001 angstrom, and as the
Gaussian's tails become zeros and mantissas short, the compressed file is a fifth to a tenth in size."""


def voxelize(structures: Sequence[Atoms], system: Sequence[str], voxels: Voxels, path: Path | str) -> pd.DataFrame:
    """Write the voxels of crystals that fit into the box, in the order given.

    Clusters, a few kilobytes each, are held in memory; voxels only one at a time.

    Parameters
    ----------
    structures
        Crystals with ``info["id"]``; lengths in angstrom.
    system
        Element symbols, in the order of the sites voxels.
    voxels
        Grids, box and sigmas.
    path
        HDF5 file to write, an existing one is replaced; `VoxelFile` reads it.

    Returns
    -------
    DataFrame
        Structures that are not in the file: ``id, reason, detail``.

    Raises
    ------
    ValueError
        If ids are missing or not unique, or a structure holds an element that is not in the system.
    """
    names = [atoms.info.get("id") for atoms in structures]
    if None in names or len(set(names)) != len(names):
        raise ValueError(
            f"found {len(set(names) - {None})} ids of {len(names)} structures, expected one of its own each"
        )
    clusters: dict[str, Cluster] = {}
    rejects = []
    for name, atoms in zip(names, structures, strict=True):
        try:
            clusters[name] = cluster(atoms, system, voxels)
        except Rejected as error:
            rejects.append((name, error))
    with h5py.File(path, "w") as file:
        _write(file, clusters, system, voxels)
    return reject_table(rejects)


class VoxelFile:
    """Reader of a file that `voxelize` has written; a context manager.

    Parameters
    ----------
    path
        HDF5 file.

    Attributes
    ----------
    ids : list of str
        Of the crystals, in the order of all arrays.
    system : list of str
        Element symbols, in the order of the sites voxels.
    voxels : Voxels
        Grids, box and sigmas.

    Raises
    ------
    ValueError
        If the file is not one of voxels.
    """

    def __init__(self, path: Path | str) -> None:
        try:
            self._file = h5py.File(path, "r")
            self.ids: list[str] = list(self._file["id"].asstr())
            self.system: list[str] = list(self._file.attrs["system"])
            self.voxels = Voxels(**{key: self._file.attrs[key].item() for key in Voxels.model_fields})
        except (OSError, KeyError) as error:
            raise ValueError(f"{path}: found {error}, expected an HDF5 file of voxels") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def sites(self, index: int) -> NDArray[np.float32]:
        """Sites voxels of one crystal, shape (number of elements, grid, grid, grid)."""
        return self._file["sites"][index]

    def lattice(self, index: int) -> NDArray[np.float32]:
        """Lattice voxel of one crystal, shape (grid, grid, grid)."""
        return self._file["lattice"][index]

    def cluster(self, index: int) -> Cluster:
        """Cell and atoms of one crystal, as `ccdcgan.representation.voxels.imaging.cluster` returned them."""
        padded = self._file["positions"][index]
        return Cluster(self._file["cell"][index], tuple(atoms[~np.isnan(atoms[:, 0])] for atoms in padded))


def _write(file: h5py.File, clusters: dict[str, Cluster], system: Sequence[str], voxels: Voxels) -> None:
    file.attrs["title"] = "Voxels of crystal structures: Gaussian densities of atoms and of the unit cell"
    file.attrs["package"] = f"ccdcgan {__version__}"
    file.attrs["system"] = list(system)
    for key, value in voxels.model_dump().items():
        file.attrs[key] = value

    count, elements = len(clusters), len(system)
    most = max((len(atoms) for crystal in clusters.values() for atoms in crystal.positions), default=0)
    edge, lattice_edge = voxels.sites_grid, voxels.lattice_grid
    sites = _voxel_dataset(file, "sites", (count, elements, edge, edge, edge))
    sites.attrs["axes"] = "crystal, element of the system, x, y, z; the centre of the grid is the centre of the box"
    sites.attrs["units"] = f"dimensionless; {voxels.sites_box / edge} angstrom between points"
    lattice = _voxel_dataset(file, "lattice", (count, lattice_edge, lattice_edge, lattice_edge))
    lattice.attrs["axes"] = "crystal, a, b, c; the centre of the grid is the centre of the unit cell"
    lattice.attrs["units"] = f"dimensionless; 1/{lattice_edge} of a lattice vector between points"

    positions = np.full((count, elements, most, 3), np.nan)
    for index, crystal in enumerate(clusters.values()):
        for element, atoms in enumerate(crystal.positions):
            positions[index, element, : len(atoms)] = atoms
            sites[index, element] = _rounded(sites_voxel(atoms, voxels))
        lattice[index] = _rounded(lattice_voxel(crystal.cell, voxels))

    cells = np.array([crystal.cell for crystal in clusters.values()]).reshape(count, 3, 3)
    _dataset(file, "positions", positions, "angstrom", "crystal, element of the system, atom (padded with NaN), xyz")
    _dataset(file, "cell", cells, "angstrom", "crystal, lattice vector, xyz")
    longest = max((len(name.encode()) for name in clusters), default=1)
    names = np.array([name.encode() for name in clusters], dtype=h5py.string_dtype("utf-8", longest))
    _dataset(file, "id", names, "none", "crystal")


def _voxel_dataset(file: h5py.File, name: str, shape: tuple[int, ...]) -> h5py.Dataset:
    """An empty compressed dataset with one chunk for each voxel, so that reading one crystal reads no other."""
    chunks = (1,) * (len(shape) - 3) + shape[-3:]
    dataset = file.create_dataset(
        name,
        shape,
        np.float32,
        maxshape=(None, *shape[1:]),
        chunks=chunks,
        shuffle=True,
        compression="gzip",
        compression_opts=1,
        track_times=False,
    )
    dataset.attrs["resolution"] = RESOLUTION
    return dataset


def _dataset(file: h5py.File, name: str, values: NDArray[Any], units: str, axes: str) -> None:
    dataset = file.create_dataset(name, data=values, track_times=False)
    dataset.attrs["units"] = units
    dataset.attrs["axes"] = axes


def _rounded(voxel: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.round(voxel / np.float32(RESOLUTION)) * np.float32(RESOLUTION)
