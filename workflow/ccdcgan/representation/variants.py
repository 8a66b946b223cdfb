"""Other crystal graphs of the same crystal: another order and direction of the lattice vectors, and another origin.

The voxels show one choice of cell and images of a crystal. All other choices are as good: networks that learn from
several of them have more to learn from, and cannot learn single graphs by heart as easily.
"""

from __future__ import annotations

import logging
from collections.abc import Container
from itertools import permutations, product
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from ccdcgan.config.voxels import Voxels
from ccdcgan.representation.autoencoders import encode
from ccdcgan.representation.crystal_graphs import CrystalGraphs, pack, variant_name
from ccdcgan.representation.encoding import CHUNK
from ccdcgan.representation.voxels.imaging import Cluster, margin
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel
from ccdcgan.representation.voxels.storage import VoxelFile

__all__ = ["SETTINGS", "encode_variants", "variant"]

log = logging.getLogger(__name__)

SETTINGS = np.array(
    [np.diag(signs)[list(order)] for order in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)]
)
"""Shape (48, 3, 3): all orders and directions of three lattice vectors."""
TRIES = 20
"""Settings and origins that are tried until a crystal fits into the box."""


def variant(crystal: Cluster, random: np.random.Generator, voxels: Voxels) -> Cluster | None:
    """The same crystal, or its mirror image, in another setting and from another origin.

    The vectors of the cell are exchanged and reversed, the cell is turned back to lower triangular form, and atoms are
    moved by one random vector and wrapped into the box of the cell's diagonal, whose centre is put at that of the voxel
    like that of any cluster (`ccdcgan.representation.voxels.imaging`).

    Parameters
    ----------
    crystal
        Cell and atoms.
    random
        Source of the setting and of the origin.
    voxels
        Size of the box.

    Returns
    -------
    Cluster or None
        None if it does not fit into the box in any of `TRIES` choices.
    """
    elements = np.repeat(np.arange(len(crystal.positions)), [len(atoms) for atoms in crystal.positions])
    fractional = np.concatenate(crystal.positions) @ np.linalg.inv(crystal.cell)
    bound = voxels.sites_box / 2 - margin(voxels)
    for _ in range(TRIES):
        setting = SETTINGS[random.integers(len(SETTINGS))]
        vectors = setting @ crystal.cell
        cell = np.linalg.cholesky(vectors @ vectors.T)
        positions = (fractional @ setting.T + random.random(3)) @ cell
        for axis in (2, 1, 0):
            positions -= np.floor(positions[:, axis, None] / cell[axis, axis]) * cell[axis]
        positions -= (positions.min(axis=0) + positions.max(axis=0)) / 2
        if np.abs(positions).max() <= bound:
            return Cluster(cell, tuple(positions[elements == number] for number in range(len(crystal.positions))))
    return None


def encode_variants(
    lattice_network: keras.Model,
    sites_network: keras.Model,
    path: Path | str,
    chosen: Container[str],
    *,
    count: int,
    seed: int,
) -> CrystalGraphs:
    """Crystal graphs of variants of the crystals of a file of voxels.

    A variant depends on the crystal's id, its own number and the seed alone.

    Parameters
    ----------
    lattice_network, sites_network
        Autoencoders; the second one for all elements.
    path
        HDF5 file of voxels.
    chosen
        Ids.
    count
        Variants of each crystal; those that do not fit into the box are left out.
    seed
        Of settings and origins.

    Returns
    -------
    CrystalGraphs
        Ids such as ``aflow.12~1``; none at all for a count of 0.
    """
    made: dict[str, Cluster] = {}
    missing = 0
    with VoxelFile(path) as file:
        system, voxels = file.system, file.voxels
        for row, name in enumerate(file.ids):
            if name not in chosen:
                continue
            for number in range(1, count + 1):
                stream = np.random.SeedSequence(seed, spawn_key=(*name.encode(), number))
                found = variant(file.cluster(row), np.random.default_rng(stream), voxels)
                missing += found is None
                if found is not None:
                    made[variant_name(name, number)] = found
    log.info("%d variants, and %d that do not fit into the box", len(made), missing)
    graphs = _encode(lattice_network, sites_network, list(made.values()), voxels, len(system))
    return CrystalGraphs(list(made), graphs, attributes={"system": system, "seed": seed, "variants": count})


def _encode(
    lattice_network: keras.Model, sites_network: keras.Model, crystals: list[Cluster], voxels: Voxels, elements: int
) -> NDArray[np.float32]:
    lengths = [int(model.get_layer("encoder").output_shape[-1]) for model in (lattice_network, sites_network)]
    lattice = [np.empty((0, lengths[0]), np.float32)]
    sites = [np.empty((0, elements, lengths[1]), np.float32)]
    for start in range(0, len(crystals), CHUNK):
        chunk = crystals[start : start + CHUNK]
        lattice.append(encode(lattice_network, np.stack([lattice_voxel(each.cell, voxels) for each in chunk])))
        drawn = np.stack([sites_voxel(atoms, voxels) for each in chunk for atoms in each.positions])
        sites.append(encode(sites_network, drawn).reshape(len(chunk), elements, -1))
    return pack(np.concatenate(lattice), np.concatenate(sites))
