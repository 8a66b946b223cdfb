"""Ready-made autoencoders made again: crystals of many chemistries, and the training on them."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from ase import Atoms

from ccdcgan.config.configuration import Config
from ccdcgan.crystals.structures import read_structures, write_structures
from ccdcgan.networks.saving import save
from ccdcgan.networks.training import configure
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.representation.autoencoders import Kind, train_autoencoder
from ccdcgan.representation.ready_made.contents import DESCRIPTION, history_file, model_file
from ccdcgan.representation.voxels.storage import VoxelFile, voxelize
from ccdcgan.runs.provenance import versions

__all__ = ["HELD_OUT", "SYSTEMS", "make_autoencoders"]

log = logging.getLogger(__name__)

SYSTEMS: tuple[tuple[str, ...], ...] = (
    ("B", "C"),
    ("Be", "N"),
    ("Li", "F"),
    ("Mg", "O"),
    ("Si", "N"),
    ("P", "O"),
    ("H", "Mg"),
    ("Fe", "Co"),
    ("Cu", "Zn"),
    ("Al", "P"),
    ("V", "S"),
    ("Ni", "Ti"),
    ("Ca", "Cl"),
    ("In", "As"),
    ("Y", "Ag"),
    ("Pb", "Te"),
    ("K", "Br"),
    ("Rb", "I"),
)
"""Systems whose prototypes, which are not relaxed, are learned from: covalent, ionic and metallic ones."""
HELD_OUT = (("C", "Si"), ("Zn", "S"), ("Mg", "Ag"), ("K", "F"))
"""Systems of which nothing is learned: the loss on their crystals stands beside that of the training."""
STAND_INS = ["H", "He"]
"""What the elements of every system are written as: which they are does not matter to a voxel."""
THREADS = 1


def make_autoencoders(work: Path, folder: Path, config: Config) -> None:
    """Make the crystals, train both networks and write the folder; a later call goes on where an earlier one stopped.

    Parameters
    ----------
    work
        Folder for crystals, voxels and the state of the trainings.
    folder
        Where the networks, their histories and `DESCRIPTION` are written.
    config
        Its voxels, prototypes, seed, and settings of the autoencoders.
    """
    work.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    voxel_file = work / "voxels.h5"
    if not voxel_file.exists():
        started = voxel_file.with_suffix(".part")
        voxelize(_crystals(work, config), STAND_INS, config.voxels, started)
        started.rename(voxel_file)
    held_out = {"-".join(system) for system in HELD_OUT}
    with VoxelFile(voxel_file) as file:
        split = {name: "held_out" if name.partition(".")[0] in held_out else "train" for name in file.ids}
    for kind in get_args(Kind):
        if (folder / history_file(kind)).exists():
            continue
        configure(config.seed, THREADS)
        settings = getattr(config.autoencoders, kind)
        model, history = train_autoencoder(
            kind, voxel_file, split, settings, seed=config.seed, backup=work / f"{kind}.backup"
        )
        save(model, folder / model_file(kind))
        history.to_csv(folder / history_file(kind), index=False)
    sides = list(split.values())
    description = {
        "voxels": config.voxels.model_dump(mode="json"),
        "autoencoders": {kind: getattr(config.autoencoders, kind).model_dump(mode="json") for kind in get_args(Kind)},
        "systems": ["-".join(system) for system in SYSTEMS],
        "held_out": sorted(held_out),
        "crystals": {side: sides.count(side) for side in ("train", "held_out")},
        "seed": config.seed,
        "versions": versions(),
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n")


def _crystals(work: Path, config: Config) -> list[Atoms]:
    """Substituted prototypes of all systems, those of one system in a file of its own."""
    crystals = []
    for system in (*SYSTEMS, *HELD_OUT):
        name = "-".join(system)
        path = work / f"{name}.extxyz"
        if not path.exists():
            found = substitute_prototypes(config.prototypes, list(system), config.matching, config.seed)
            log.info("%s: %d crystals", name, len(found.structures))
            write_structures(path, [_renamed(atoms, system, name) for atoms in found.structures])
        crystals += read_structures(path)
    return crystals


def _renamed(atoms: Atoms, system: Sequence[str], prefix: str) -> Atoms:
    """The same crystal with stand-ins for its elements, and the system before its id."""
    symbols = [STAND_INS[list(system).index(symbol)] for symbol in atoms.get_chemical_symbols()]
    name = f"{prefix}.{atoms.info['id']}"
    return Atoms(symbols, cell=atoms.cell, positions=atoms.positions, pbc=True, info={"id": name})
