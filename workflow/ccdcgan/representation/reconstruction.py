"""The database's own crystals through both autoencoders and back, compared with what went in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from ase import Atoms

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.matching import Matching
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.representation.crystal_graphs import CrystalGraphs
from ccdcgan.representation.decoding import Codec
from ccdcgan.representation.reconstruction_errors import RECONSTRUCTION_COLUMNS, judge, rejected
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel

__all__ = ["reconstruct"]


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
