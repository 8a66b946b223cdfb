"""The state of a training on disk, from which the same training goes on."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import keras
import numpy as np
from keras import ops

__all__ = ["Backup"]

log = logging.getLogger(__name__)


class Backup:
    """One file with the variables of a training and its history.

    Keras's own BackupAndRestore and `save_weights` leave out the state of the seed generators, and the history.

    Parameters
    ----------
    path
        Of the file; None keeps nothing.
    identity
        What a training must agree on to go on from the file.
    """

    def __init__(self, path: Path | None, identity: str) -> None:
        self.path = path
        self.identity = identity

    def save(self, variables: Sequence[keras.Variable], history: list[dict[str, float]]) -> None:
        """Write everything, so that a kill never leaves half a file."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(self.path.name + ".new")
        with unfinished.open("wb") as file:
            arrays = [ops.convert_to_numpy(variable) for variable in variables]
            np.savez(file, *arrays, identity=np.array(self.identity), history=np.array(json.dumps(history)))
        unfinished.replace(self.path)

    def restore(self, variables: Sequence[keras.Variable]) -> list[dict[str, float]]:
        """Give the variables their values and return the history, if the file is there and of the same training."""
        if self.path is None or not self.path.exists():
            return []
        try:
            with np.load(self.path, allow_pickle=False) as file:
                saved = dict(file)
        except (OSError, ValueError, EOFError, BadZipFile) as error:  # cut by a machine that went down
            log.warning("%s: found %s, expected a backup: starting anew", self.path, type(error).__name__)
            return []
        if str(saved["identity"]) != self.identity:
            log.warning("%s belongs to a training with other settings: starting anew", self.path)
            return []
        for number, variable in enumerate(variables):
            variable.assign(saved[f"arr_{number}"])
        history: list[dict[str, float]] = json.loads(str(saved["history"]))
        return history

    def remove(self) -> None:
        """Delete the file at the end of the training."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
