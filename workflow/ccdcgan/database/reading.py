"""A database that is there already, read back: that of a finished run, or a ready-made one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from ase import Atoms

from ccdcgan.config.configuration import Config
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.database.building import find_references
from ccdcgan.database.hull import References
from ccdcgan.database.ready_made import DESCRIPTION, FILES, check_prebuilt, packed, unpack

__all__ = ["Known", "read_known"]

COLUMNS = ("id", "formula", "energy_per_atom")
"""Of the table, which the hull is made of."""


@dataclass(frozen=True)
class Known:
    """The database that structures are compared with, and whose hull they are judged by."""

    structures: list[Atoms]
    """Relaxed, with ids."""
    table: pd.DataFrame
    """With columns ``id``, ``formula`` and ``energy_per_atom`` (eV/atom); a row for each structure."""
    references: References
    """Of the elements."""


def read_known(folder: Path, config: Config) -> Known:
    """Read a database: that of a finished run, or a ready-made one.

    Parameters
    ----------
    folder
        ``results/<run>`` or ``resources/databases/<name>``.
    config
        Whose system and energy scale a ready-made one must have.

    Raises
    ------
    ConfigError
        If a ready-made one is of another system or on another energy scale.
    ValueError
        If the folder is neither, the run is of another system, or a file of it cannot be read.
    """
    known = _read_ready_made(folder, config) if (folder / DESCRIPTION).is_file() else _read_run(folder, config.system)
    if missing := [name for name in COLUMNS if name not in known.table]:
        raise ValueError(
            f"--database {folder}: found a table without column {missing[0]}, expected {', '.join(COLUMNS)}"
        )
    if list(known.table["id"]) != (ids := [atoms.info["id"] for atoms in known.structures]):
        found = f"{len(known.table)} rows in the table and {len(ids)} structures"
        raise ValueError(f"--database {folder}: found {found}, expected the same ids in the same order")
    return known


def _read_ready_made(folder: Path, config: Config) -> Known:
    check_prebuilt(config, folder)
    with _said(folder / packed(FILES["table"])) as path:
        rows = read_table(path)
        rows = rows[rows["status"] == "relaxed"].reset_index(drop=True)
    with _said(folder / packed(FILES["references"])) as path:
        references = find_references(read_table(path), config.system)
    with _said(folder / packed(FILES["structures"])) as path, TemporaryDirectory() as temporary:
        unpacked = Path(temporary) / FILES["structures"]
        unpack(path, unpacked)
        return Known(read_structures(unpacked), rows, references)


def _read_run(folder: Path, system: Sequence[str]) -> Known:
    files = [folder / "database" / name for name in ("structures.extxyz", "table.csv", "references.json")]
    if missing := [path for path in files if not path.is_file()]:
        raise ValueError(
            f"--database {folder}: found no {missing[0].relative_to(folder)}, expected the folder of a run whose "
            f"database is made, or a ready-made database with a {DESCRIPTION}"
        )
    with _said(files[2]) as path:
        references = References(**json.loads(path.read_text()))
        elements = sorted(references.energies)
    if set(elements) != set(system):
        found, expected = "-".join(references.energies), "-".join(system)
        raise ValueError(f"--database {folder}: found a database of {found}, expected {expected}")
    with _said(files[1]) as path:
        table = read_table(path)
    with _said(files[0]) as path:
        return Known(read_structures(path), table, references)


@contextmanager
def _said(path: Path) -> Iterator[Path]:
    """Name a file that cannot be read, whatever its reader stumbles over."""
    try:
        yield path
    except Exception as error:
        raise ValueError(f"{path}: found {type(error).__name__} ({error}), expected the file of a database") from error
