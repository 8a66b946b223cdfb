"""Both autoencoders as one way between voxels, 2D crystal graphs and crystals."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from ccdcgan.autoencoders import decode
from ccdcgan.config import Decoding, Voxels
from ccdcgan.decoding import decode as read_crystal
from ccdcgan.encoding import CHUNK, encode_crystals
from ccdcgan.graphs import CrystalGraphs, unpack
from ccdcgan.networks import load
from ccdcgan.structures import Rejected

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

    def encode(self, path: Path | str, chosen: Container[str] | None = None) -> CrystalGraphs:
        """Crystal graphs of the crystals of a file of voxels: all, or those whose ids are chosen."""
        return encode_crystals(self.lattice, self.sites, path, chosen)

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
