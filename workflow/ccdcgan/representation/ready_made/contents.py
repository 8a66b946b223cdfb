"""What a folder of ready-made autoencoders holds, and whether it fits a run.

Imported by the Snakefile, so nothing heavy stands here; `ccdcgan.representation.ready_made.training` makes one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import ConfigError

__all__ = ["DESCRIPTION", "KINDS", "check_pretrained", "history_file", "model_file"]

KINDS = ("sites", "lattice")
DESCRIPTION = "autoencoders.json"
"""How they were made."""


def model_file(kind: str) -> str:
    """Name of the network of one kind of voxel."""
    return f"{kind}.keras"


def history_file(kind: str) -> str:
    """Name of the losses of its training."""
    return f"{kind}_history.csv"


def check_pretrained(config: Config, folder: Path | str) -> dict[str, Any]:
    """Refuse ready-made autoencoders that do not fit the run.

    Parameters
    ----------
    config
        The run's configuration.
    folder
        Where they lie.

    Returns
    -------
    dict
        ``sites`` and ``lattice``: the settings by which they were trained, as in the section ``autoencoders``.

    Raises
    ------
    ConfigError
        If the folder lacks a file, or they were trained on other voxels than the run's.
    """
    key = f"key 'autoencoders.pretrained' ({folder})"
    names = [DESCRIPTION, *(file(kind) for kind in KINDS for file in (model_file, history_file))]
    missing = [name for name in names if not (Path(folder) / name).is_file()]
    if missing:
        raise ConfigError(
            f"{key}: found no {missing[0]}, expected a folder written by python -m ccdcgan.representation.ready_made."
        )
    try:
        description = json.loads((Path(folder) / DESCRIPTION).read_text(encoding="utf-8"))
        voxels = dict(description["voxels"])
        settings = {kind: dict(description["autoencoders"][kind]) for kind in KINDS}
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigError(
            f"{key}: found {type(error).__name__} in {DESCRIPTION}, expected voxels and autoencoders."
        ) from error
    for name, value in config.voxels.model_dump().items():
        if voxels.get(name) != value:
            raise ConfigError(
                f"{key}: found networks for voxels.{name} {voxels.get(name)!r}, expected {value!r} as in this run; "
                "null trains the run's own."
            )
    return settings
