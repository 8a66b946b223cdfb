"""2D crystal graphs: the latents of a crystal laid out as one square image, and the HDF5 files that hold them.

A crystal graph is a row of slots of `SLOT` values, first the latent of the lattice voxel, then those of the sites
voxels in the order of the chemical system. Each slot and the whole row are padded with zeros, and the row is folded
into a square whose edge is divisible by 4, so that the generator can up-sample to it twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "SLOT",
    "CrystalGraphs",
    "crystal_of",
    "edge",
    "pack",
    "read_graphs",
    "unpack",
    "variant_name",
    "write_graphs",
]

SLOT = 200
"""Values in the slot of one voxel (paper: 200)."""

MARK = "~"
"""Between the id of a crystal and the number of one of its variants."""


@dataclass(frozen=True)
class CrystalGraphs:
    """Crystal graphs as a file holds them; row i of every array belongs to ``ids[i]``.

    Parameters
    ----------
    ids
        Ids of the n crystals, all different.
    graphs
        Shape (n, edge, edge), float32, dimensionless, in [-1, 1] if they come from a generator or a tanh encoder.
    predicted_formation_energy
        Shape (n,), float32, in eV/atom, as the constraint predicts it; None if there is no prediction.
    attributes
        Whatever else the file says about the graphs (chemical system, lengths of the latents, provenance).
    """

    ids: list[str]
    graphs: NDArray[np.float32]
    predicted_formation_energy: NDArray[np.float32] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


def edge(elements: int) -> int:
    """Edge of the crystal graph: the smallest multiple of 4 whose square holds a slot for the lattice and each element.

    Parameters
    ----------
    elements
        Number of elements in the chemical system.

    Returns
    -------
    int
        28 for two elements (paper), 32 for three and four.
    """
    return 4 * math.ceil(math.sqrt(SLOT * (elements + 1)) / 4)


def variant_name(crystal: str, number: int) -> str:
    """Id of the graph of a variant of a crystal (`ccdcgan.representation.variants`)."""
    return f"{crystal}{MARK}{number}"


def crystal_of(name: str) -> str:
    """Id of the crystal that a graph shows: its own, unless it is one of a variant."""
    return name.partition(MARK)[0]


def pack(lattice_latents: ArrayLike, sites_latents: ArrayLike) -> NDArray[np.float32]:
    """Lay latents out as crystal graphs.

    Parameters
    ----------
    lattice_latents
        Shape (n, zl), zl at most `SLOT`.
    sites_latents
        Shape (n, N, zs), one latent for each of the N elements, zs at most `SLOT`.

    Returns
    -------
    ndarray
        Shape (n, edge, edge), float32; zero wherever no latent stands.

    Raises
    ------
    ValueError
        If the shapes do not go together or a latent is longer than its slot.
    """
    lattice = np.asarray(lattice_latents, dtype=np.float32)
    sites = np.asarray(sites_latents, dtype=np.float32)
    if lattice.ndim != 2 or sites.ndim != 3 or len(lattice) != len(sites):
        raise ValueError(
            f"latents of shapes {lattice.shape} and {sites.shape} found, expected (n, zl) and (n, elements, zs)."
        )
    _check_fits(lattice.shape[1], sites.shape[2])
    count, elements, _ = sites.shape
    size = edge(elements)
    row = np.zeros((count, size * size), dtype=np.float32)
    slots = row[:, : SLOT * (elements + 1)].reshape(count, elements + 1, SLOT, copy=False)
    slots[:, 0, : lattice.shape[1]] = lattice
    slots[:, 1:, : sites.shape[2]] = sites
    return row.reshape(count, size, size)


def unpack(
    graphs: ArrayLike, *, elements: int, lattice_latent: int, sites_latent: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Take the latents out of crystal graphs: the inverse of `pack`, blind to what stands in the padding.

    Parameters
    ----------
    graphs
        Shape (n, edge, edge).
    elements
        Number of elements N in the chemical system.
    lattice_latent, sites_latent
        Lengths zl and zs of the latents, at most `SLOT`.

    Returns
    -------
    lattice_latents : ndarray
        Shape (n, zl), float32.
    sites_latents : ndarray
        Shape (n, N, zs), float32.

    Raises
    ------
    ValueError
        If the graphs are not squares of the edge that the number of elements asks for, or a latent is longer than
        its slot.
    """
    array = np.asarray(graphs, dtype=np.float32)
    size = edge(elements)
    if array.shape[1:] != (size, size):
        raise ValueError(f"crystal graphs of shape {array.shape} found, expected (n, {size}, {size}).")
    _check_fits(lattice_latent, sites_latent)
    row = array.reshape(len(array), size * size)[:, : SLOT * (elements + 1)]
    slots = row.reshape(len(array), elements + 1, SLOT)
    return slots[:, 0, :lattice_latent].copy(), slots[:, 1:, :sites_latent].copy()


def write_graphs(path: Path | str, crystals: CrystalGraphs) -> None:
    """Write crystal graphs to an HDF5 file: `graphs`, `id` and, if there is one, `predicted_formation_energy`.

    The same content gives the same bytes.

    Raises
    ------
    ValueError
        If the arrays differ in length or an id occurs twice.
    """
    ids, graphs, predicted = crystals.ids, crystals.graphs, crystals.predicted_formation_energy
    lengths = [len(ids), len(graphs)] + ([] if predicted is None else [len(predicted)])
    if len(set(lengths)) != 1:
        raise ValueError(f"{path}: ids, graphs and predictions of lengths {lengths} found, expected equal lengths.")
    if len(set(ids)) != len(ids):
        raise ValueError(f"{path}: {len(ids) - len(set(ids))} repeated ids found, expected ids that occur once.")
    with h5py.File(path, "w") as file:
        file.attrs.update(crystals.attributes)
        _write(file, "id", np.array(ids, dtype=h5py.string_dtype()), "1", "id of the crystal")
        _write(file, "graphs", graphs.astype(np.float32), "1", "2D crystal graphs")
        if predicted is not None:
            _write(
                file,
                "predicted_formation_energy",
                predicted.astype(np.float32),
                "eV/atom",
                "formation energy as the constraint predicts it",
            )


def read_graphs(path: Path | str) -> CrystalGraphs:
    """Read an HDF5 file written by `write_graphs`.

    Raises
    ------
    ValueError
        If the file is no HDF5 file or a dataset is missing.
    """
    try:
        with h5py.File(path) as file:
            missing = {"id", "graphs"} - set(file)
            if missing:
                raise ValueError(f"{path}: datasets {sorted(file)} found, expected 'graphs' and 'id'.")
            name = "predicted_formation_energy"
            return CrystalGraphs(
                ids=list(file["id"].asstr()[()]),
                graphs=file["graphs"][()],
                predicted_formation_energy=file[name][()] if name in file else None,
                attributes=dict(file.attrs),
            )
    except OSError as error:
        raise ValueError(f"{path}: found {error}, expected an HDF5 file of crystal graphs.") from error


def _write(file: h5py.File, name: str, values: NDArray[Any], unit: str, meaning: str) -> None:
    dataset = file.create_dataset(name, data=values, track_times=False)
    dataset.attrs.update(unit=unit, description=meaning)


def _check_fits(lattice_latent: int, sites_latent: int) -> None:
    if not 0 < lattice_latent <= SLOT or not 0 < sites_latent <= SLOT:
        raise ValueError(f"latents of {lattice_latent} and {sites_latent} values found, expected 1 to {SLOT}.")
