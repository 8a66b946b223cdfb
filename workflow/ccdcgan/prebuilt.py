"""A ready-made database in place of the stages prototypes and relaxation: what it holds, and whether it fits a run.

Imported by the Snakefile, so nothing heavy stands here; `ccdcgan.packing` makes one.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from ccdcgan.config import Config, ConfigError

__all__ = ["DESCRIPTION", "FILES", "check_prebuilt", "packed", "unpack"]

FILES = {
    "structures": "relaxed.extxyz",
    "table": "relaxation.csv",
    "references": "references.csv",
    "prototypes": "prototypes.csv",
    "rejected": "prototypes_rejected.csv",
}
"""What it holds -> name of the file, which is compressed: relaxed structures, rows of the relaxation with its rejects,
rows of the elements' relaxation, tables of the prototypes stage."""
DESCRIPTION = "database.json"
COMPARED = ("engine", "energy_model", "second_model", "gpaw", "vasp")
"""Keys of ``relaxation`` that decide the energy scale: those of the run and of the database must be equal."""


def check_prebuilt(config: Config) -> None:
    """Refuse a ready-made database that does not fit the run.

    Raises
    ------
    ConfigError
        If its folder lacks a file, or it is of another system or on another energy scale.
    """
    folder = config.database.prebuilt
    if folder is None:
        return
    key = f"key 'database.prebuilt' ({folder})"
    missing = [name for name in [DESCRIPTION, *map(packed, FILES.values())] if not (Path(folder) / name).is_file()]
    if missing:
        raise ConfigError(f"{key}: found no {missing[0]}, expected a folder written by python -m ccdcgan.packing.")
    description = json.loads((Path(folder) / DESCRIPTION).read_text())
    if set(description["system"]) != set(config.system):
        found, expected = "-".join(description["system"]), "-".join(config.system)
        raise ConfigError(f"{key}: found a database of {found}, expected {expected}; null relaxes one from prototypes.")
    settings = config.relaxation.of_engine().model_dump(mode="json")
    for name in COMPARED:
        if description["relaxation"][name] != settings[name]:
            raise ConfigError(
                f"{key}: found energies with relaxation.{name} {description['relaxation'][name]!r}, expected "
                f"{settings[name]!r} as in this run; null relaxes one from prototypes."
            )


def unpack(archive: Path, target: Path) -> None:
    """Decompress one file."""
    target.write_bytes(gzip.decompress(archive.read_bytes()))


def packed(name: str) -> str:
    """Name of a file as the database holds it."""
    return f"{name}.gz"
