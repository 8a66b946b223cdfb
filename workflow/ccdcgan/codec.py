"""Both autoencoders as one way between voxels, 2D crystal graphs and crystals; and how well the way back works."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from ase import Atoms
from numpy.typing import NDArray
from pymatgen.core import Structure

from ccdcgan.autoencoders import decode
from ccdcgan.config import Decoding, Matching, Voxels
from ccdcgan.decoding import decode as read_crystal
from ccdcgan.encoding import CHUNK, encode_crystals
from ccdcgan.graphs import CrystalGraphs, unpack
from ccdcgan.matching import matcher
from ccdcgan.networks import load
from ccdcgan.reconstruction import RECONSTRUCTION_COLUMNS, judge, rejected
from ccdcgan.structures import Rejected, to_pymatgen
from ccdcgan.voxels.imaging import cluster
from ccdcgan.voxels.lattice import lattice_voxel

__all__ = ["Codec", "load_codec", "reconstruct"]


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


def reconstruct(
    codec: Codec,
    crystals: CrystalGraphs,
    not_voxelized: pd.DataFrame,
    database: Sequence[Atoms],
    split: Mapping[str, str],
    system: Sequence[str],
    settings: Decoding,
    tolerances: Matching,
) -> pd.DataFrame:
    """Decode the database's own graphs and compare with what went in (paper: 9,420 of 9,810 match).

    Parameters
    ----------
    codec
        Autoencoders.
    crystals
        Graphs of the database.
    not_voxelized
        Rejects of the voxels stage, which count as not matched.
    database
        Structures, with ids.
    split
        Id -> ``"train"`` or ``"held_out"``.
    system
        Element symbols.
    settings
        Section ``decoding`` of the config.
    tolerances
        Of StructureMatcher.

    Returns
    -------
    DataFrame
        Columns `RECONSTRUCTION_COLUMNS`, a row for every structure of the database.
    """
    atoms = {each.info["id"]: each for each in database}
    fit = matcher(tolerances)
    rows = [
        _about(atoms[name]) | rejected(reason, detail)
        for name, reason, detail in not_voxelized[["id", "reason", "detail"]].itertuples(index=False)
    ]
    for name, (sites, lattice) in zip(crystals.ids, codec.draw(crystals.graphs, len(system)), strict=True):
        cell = cluster(atoms[name], system, codec.voxels).cell
        outcome = codec.read(sites, lattice, system, settings)
        in_true_lattice = partial(codec.read, sites, lattice_voxel(cell, codec.voxels), system, settings)
        rows.append(_about(atoms[name]) | judge(to_pymatgen(atoms[name]), cell, outcome, in_true_lattice, fit))
    table = pd.DataFrame(rows, columns=RECONSTRUCTION_COLUMNS)
    table["split"] = table["id"].map(dict(split))
    return table


def _about(atoms: Atoms) -> dict[str, Any]:
    """What the table says of a crystal before it is encoded."""
    return {
        "id": atoms.info["id"],
        "n_atoms": len(atoms),
        "volume": atoms.get_volume(),
        "atoms": to_pymatgen(atoms).formula,
    }


def _latent(model: keras.Model) -> int:
    return int(model.get_layer("encoder").output_shape[-1])
