"""A ready-made database in place of the stages prototypes and relaxation: what it holds, and whether it fits a run.

Imported by the Snakefile, so nothing heavy stands here; `ccdcgan.database.packing` makes one.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import ConfigError

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


def check_prebuilt(config: Config, folder: Path | str | None) -> None:
    """Refuse a ready-made database that does not fit the run.

    Parameters
    ----------
    config
        The run's configuration.
    folder
        Where the database lies; None if the run has none.

    Raises
    ------
    ConfigError
        If its folder lacks a file, or it is of another system or on another energy scale.
    """
    if folder is None:
        return
    key = f"key 'database.prebuilt' ({folder})"
    missing = [name for name in [DESCRIPTION, *map(packed, FILES.values())] if not (Path(folder) / name).is_file()]
    if missing:
        raise ConfigError(
            f"{key}: found no {missing[0]}, expected a folder written by python -m ccdcgan.database.packing."
        )
    try:
        description = json.loads((Path(folder) / DESCRIPTION).read_text(encoding="utf-8"))
        system = [str(symbol) for symbol in description["system"]]
        given = {name: description["relaxation"][name] for name in COMPARED}
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigError(
            f"{key}: found {type(error).__name__} in {DESCRIPTION}, expected system and relaxation."
        ) from error
    if set(system) != set(config.system):
        found, expected = "-".join(system), "-".join(config.system)
        raise ConfigError(f"{key}: found a database of {found}, expected {expected}; null relaxes one from prototypes.")
    settings = config.relaxation.of_engine().model_dump(mode="json")
    for name in COMPARED:
        if given[name] != settings[name]:
            raise ConfigError(
                f"{key}: found energies with relaxation.{name} {given[name]!r}, expected "
                f"{settings[name]!r} as in this run; null relaxes one from prototypes."
            )


def unpack(archive: Path, target: Path) -> None:
    """Decompress one file."""
    target.write_bytes(gzip.decompress(archive.read_bytes()))


def packed(name: str) -> str:
    """Name of a file as the database holds it."""
    return f"{name}.gz"
