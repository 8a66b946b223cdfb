"""From voxels to 2D crystal graphs: apart from the way back, so that a change of that one trains nothing again."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import keras
import numpy as np

from ccdcgan.representation.autoencoders import encode
from ccdcgan.representation.crystal_graphs import CrystalGraphs, pack
from ccdcgan.representation.voxels.storage import VoxelFile

__all__ = ["CHUNK", "encode_crystals"]

CHUNK = 50
"""Crystals in memory at once."""


def encode_crystals(
    lattice_network: keras.Model, sites_network: keras.Model, path: Path | str, chosen: Container[str] | None = None
) -> CrystalGraphs:
    """Crystal graphs of the crystals of a file of voxels.

    Parameters
    ----------
    lattice_network, sites_network
        Autoencoders; the second one for all elements.
    path
        HDF5 file of voxels.
    chosen
        Ids; None for all.

    Raises
    ------
    ValueError
        If none of them is in the file.
    """
    lattice, sites = [], []
    with VoxelFile(path) as file:
        elements = len(file.system)
        kept = [row for row, name in enumerate(file.ids) if chosen is None or name in chosen]
        ids = [file.ids[row] for row in kept]
        for start in range(0, len(kept), CHUNK):
            rows = kept[start : start + CHUNK]
            lattice.append(encode(lattice_network, np.stack([file.lattice(row) for row in rows])))
            latents = encode(sites_network, np.concatenate([file.sites(row) for row in rows]))
            sites.append(latents.reshape(len(rows), elements, -1))
        attributes = {"system": file.system}
    if not ids:
        raise ValueError(f"{path}: found no crystal, expected at least one")
    return CrystalGraphs(ids, pack(np.concatenate(lattice), np.concatenate(sites)), attributes=attributes)
