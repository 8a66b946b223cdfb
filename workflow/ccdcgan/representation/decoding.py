"""From 2D crystal graphs to crystals: both autoencoders draw voxels, from which a crystal is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import Rejected
from ccdcgan.networks.saving import load
from ccdcgan.representation.autoencoders import decode
from ccdcgan.representation.crystal_graphs import unpack
from ccdcgan.representation.encoding import CHUNK
from ccdcgan.representation.voxels.crystal import decode as read_crystal

__all__ = ["Codec", "load_codec"]


@dataclass(frozen=True)
class Codec:
    """The trained autoencoders of a run."""

    lattice: keras.Model
    """Of the lattice voxel; layers ``"encoder"`` and ``"decoder"``."""
    sites: keras.Model
    """Of the sites voxels, one network for all elements."""
    voxels: Voxels
    """Grids, box and sigmas they were trained on."""

    def decode(
        self, graphs: NDArray[np.float32], system: Sequence[str], settings: Decoding
    ) -> Iterator[Structure | Rejected]:
        """Crystal of each crystal graph, or why there is none.

        Parameters
        ----------
        graphs
            Shape (n, edge, edge).
        system
            Element symbols, in the order of the slots.
        settings
            Section ``decoding`` of the config.
        """
        for sites, lattice in self.draw(graphs, len(system)):
            yield self.read(sites, lattice, system, settings)

    def draw(
        self, graphs: NDArray[np.float32], elements: int
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Sites voxels, shape (elements, grid, grid, grid), and lattice voxel of each crystal graph."""
        for start in range(0, len(graphs), CHUNK):
            lattice_latents, sites_latents = unpack(
                graphs[start : start + CHUNK],
                elements=elements,
                lattice_latent=_latent(self.lattice),
                sites_latent=_latent(self.sites),
            )
            lattice = decode(self.lattice, lattice_latents)
            sites = decode(self.sites, sites_latents.reshape(-1, sites_latents.shape[-1]))
            yield from zip(sites.reshape(len(lattice), -1, *sites.shape[1:]), lattice, strict=True)

    def read(
        self,
        sites: NDArray[np.float32],
        lattice: NDArray[np.float32],
        system: Sequence[str],
        settings: Decoding,
    ) -> Structure | Rejected:
        """Crystal of a set of voxels, or why there is none."""
        try:
            return read_crystal(sites, lattice, system, self.voxels, settings)
        except Rejected as error:
            return error


def load_codec(lattice: Path | str, sites: Path | str, voxels: Voxels) -> Codec:
    """Load both autoencoders."""
    return Codec(load(lattice), load(sites), voxels)


def _latent(model: keras.Model) -> int:
    return int(model.get_layer("encoder").output_shape[-1])
