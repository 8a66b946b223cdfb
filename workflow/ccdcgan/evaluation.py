"""Any folder of structures, judged like the candidates of a run: the command ``ccdcgan evaluate``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from ase import Atoms

from ccdcgan.config import Config, Files, load_config
from ccdcgan.prototypes.files import find_files
from ccdcgan.prototypes.reading import file_format
from ccdcgan.prototypes.sources import read_entries
from ccdcgan.relaxation.checks import shortest_distance
from ccdcgan.structures import Reason, Rejected, reject_table

__all__ = ["add_arguments", "read_files", "run"]

DEFAULT = Path(__file__).parents[2] / "config/config.yaml"
"""The configuration that is always read first."""
MAX_ATOMS = 1000
"""Of a structure that is read."""
MIN_DISTANCE = 0.5
"""A valid structure's shortest distance is larger, in angstrom (Xie et al., CDVAE, ICLR 2022)."""
MIN_VOLUME = 0.1
"""A valid structure's cell is larger, in angstrom^3 (from the code of the same work)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("paths", nargs="+", help="folders, patterns or files: CIF, POSCAR, extended XYZ, JSON, CSV")
    parser.add_argument(
        "--config", type=Path, nargs="+", default=[], help="configuration files that override the default, in order"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    parser.add_argument("--cif-column", default="cif", help="column of a CSV that holds CIF text (default: cif)")


def run(options: argparse.Namespace) -> None:
    """Judge structures and write what was found."""
    config = load_config(DEFAULT, *options.config)
    structures, rejected, other = read_files(options.paths, config, options.cif_column)
    table = pd.concat(
        [pd.DataFrame([_geometry(atoms) for atoms in structures]), rejected.assign(valid=False)], ignore_index=True
    )
    options.output.mkdir(parents=True, exist_ok=True)
    table.to_csv(options.output / "structures.csv", index=False)
    valid = int(table["valid"].sum())
    print(f"{len(table)} structures, {valid} valid, {len(rejected)} rejected; {len(other)} other files")


def read_files(
    paths: Sequence[str], config: Config, cif_column: str = "cif"
) -> tuple[list[Atoms], pd.DataFrame, list[str]]:
    """Read structure files as source ``files`` of the prototypes does.

    Parameters
    ----------
    paths
        Folders, patterns and files.
    config
        Its system bounds the elements; its section ``prototypes.files``, if there is one, the size of files and the
        time for one.
    cif_column
        Column of a CSV that holds CIF text.

    Returns
    -------
    list of Atoms
        As they are given; ``info`` holds ``id`` and ``file``.
    DataFrame
        What could not be read (columns ``id, reason, detail``).
    list of str
        Files that are no structure files by their name.

    Raises
    ------
    ValueError
        If a path matches nothing.
    """
    limits = {"max_size": 1000.0, "time_limit": 10.0}
    given = config.prototypes.files
    settings = Files(
        paths=list(paths),
        cif_column=cif_column,
        merge_species=False,
        licence="",
        citation="",
        **({name: getattr(given, name) for name in limits} if given else limits),
    )
    section = config.prototypes.model_copy(update={"sources": ["files"], "max_atoms": MAX_ATOMS, "files": settings})
    other = {name for name, path, problem in find_files(paths) if problem is None and file_format(path.name) is None}
    structures, rejects = [], []
    for entry in read_entries(section, config.system, config.seed):
        if entry.origin.source_id in other:
            continue
        name = entry.origin.name.removeprefix("files.")
        cell = entry.cell
        foreign = [symbol for symbol in entry.elements or () if symbol not in config.system]
        if not isinstance(cell, Rejected) and foreign:
            cell = Rejected(Reason.SPECIES, f"found {foreign[0]}, expected {' and '.join(config.system)} only")
        if isinstance(cell, Rejected):
            rejects.append((name, cell))
            continue
        symbols = np.array(entry.elements)[cell.species]
        atoms = Atoms(symbols, cell=cell.lattice, scaled_positions=cell.positions, pbc=True)
        atoms.info = {"id": name, "file": entry.origin.source_id}
        structures.append(atoms)
    return structures, reject_table(rejects), sorted(other)


def _geometry(atoms: Atoms) -> dict[str, object]:
    distance, volume = shortest_distance(atoms), atoms.get_volume()
    return {
        "id": atoms.info["id"],
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
        "valid": distance > MIN_DISTANCE and volume > MIN_VOLUME,
        "shortest_distance": distance,
        "volume_per_atom": volume / len(atoms),
    }
