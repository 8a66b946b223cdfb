"""The training loop that all networks share: many steps in one call from Python, a history, and exact resuming."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import pandas as pd
from keras import ops

from ccdcgan.progress import Progress

__all__ = ["SLICE", "Paused", "Trainer", "configure", "fit"]

log = logging.getLogger(__name__)

SLICE = "CCDCGAN_SLICE"
"""Environment variable: seconds after which a training with a backup is paused."""
GRAPH_OPTIONS = {"dependency_optimization": False, "remapping": False}
"""TensorFlow's passes over its graphs that are off. The first removes edges that keep the reading of a variable behind
its assignment: of the GANs' two losses the second then meets the discriminator now before, now after its update (6 of
94 trainings differed). The second fails on them and fills the screen with it."""


class Paused(SystemExit):
    """A training reached the end of its slice: the process ends, and the same call goes on from the backup."""


class Trainer(keras.Model):
    """Base of all trainings: a model that draws its own random batches from arrays that it holds on the device.

    A subclass takes its networks and arrays in ``__init__`` (arrays as ``ops.convert_to_tensor(array)``) and overrides
    `compute_loss`, which returns the loss of one step on a batch that it draws itself; whatever ``fit`` passes in is a
    placeholder. `fit` below runs it.

    Parameters
    ----------
    seed
        Of all random draws of the training.
    tracked
        Names of the values that `track` takes: the columns of the history.

    Attributes
    ----------
    step
        Number of the training step, from 1 on inside `compute_loss`: a variable of shape (), saved and restored.
    random
        The ``keras.random.SeedGenerator`` for every draw; its state is saved and restored.
    """

    def __init__(self, seed: int, tracked: tuple[str, ...]) -> None:
        super().__init__()
        self.seed = seed
        self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="step")
        self.random = keras.random.SeedGenerator(seed)
        self.means = {name: keras.metrics.Mean(name=name) for name in tracked}
        self.built = True

    def reset_metrics(self) -> None:
        """Keep the tracked values when Keras begins to train: a record may consist of several slices."""

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Count the step; the placeholder goes through."""
        self.step.assign_add(1)
        return inputs

    def draw(self, array: Any, size: int) -> Any:
        """Random rows of an array, with repetition: shape ``(size, *array.shape[1:])``."""
        rows = keras.random.randint((size,), 0, array.shape[0], seed=self.random)
        return ops.take(array, rows, axis=0)

    def track(self, **values: Any) -> None:
        """Add the values of this step to the means that the history records."""
        for name, value in values.items():
            self.means[name].update_state(value)


def configure(seed: int, threads: int) -> None:
    """Seed every generator of the process, make operations deterministic and set the number of threads.

    Call it once, before anything is computed.
    """
    keras.utils.set_random_seed(seed)
    match keras.backend.backend():
        case "tensorflow":
            import tensorflow as tf

            tf.config.experimental.enable_op_determinism()
            tf.config.optimizer.set_experimental_options(GRAPH_OPTIONS)
            try:
                tf.config.threading.set_intra_op_parallelism_threads(threads)
                tf.config.threading.set_inter_op_parallelism_threads(1)
            except RuntimeError:
                log.warning("TensorFlow has computed already: its number of threads stays as it is")
        case "torch":
            import torch

            torch.use_deterministic_algorithms(True)
            torch.set_num_threads(threads)


def fit(
    trainer: Trainer,
    *,
    optimizer: keras.optimizers.Optimizer,
    steps: int,
    steps_per_call: int,
    evaluate: Callable[[], dict[str, float]] | None,
    records: int,
    backup: Path | None,
    identity: str = "",
) -> pd.DataFrame:
    """Train, and record the history.

    An interrupted training that is called again with the same arguments goes on from its last record and ends with the
    weights and the history of an undisturbed one, bit for bit. So does one that is paused: where the environment
    variable `SLICE` holds a number of seconds, it is saved after that time and the process ends.

    Parameters
    ----------
    trainer
        What to train, freshly built.
    optimizer
        Of all trainable variables of the trainer.
    steps
        Training steps in total.
    steps_per_call
        Steps that run in one call from Python.
    evaluate
        Called at every record; its values become columns of the history.
    records
        Rows of the history, evenly spread over the steps; the last one at the last step.
    backup
        File that holds the state of this training, written at every record and pause and removed at the end; None for
        none, and no pauses.
    identity
        Whatever a backup must agree on to be continued, such as the settings as JSON; another one starts anew.

    Returns
    -------
    DataFrame
        Columns ``step``, the tracked values (means over the steps since the row before), the values of ``evaluate``.

    Raises
    ------
    ValueError
        If steps, steps_per_call, records or the seconds of `SLICE` are not positive.
    Paused
        At the end of a slice.
    """
    for name, value in (("steps", steps), ("steps_per_call", steps_per_call), ("records", records)):
        if value < 1:
            raise ValueError(f"{name}: found {value}, expected at least 1")
    trainer.compile(optimizer=optimizer, **_execution(steps_per_call))
    optimizer.build(trainer.trainable_variables)
    settings = {name: value for name, value in optimizer.get_config().items() if name != "name"}
    identity = json.dumps([identity, steps, records, settings], default=float, sort_keys=True)
    history = _restore(trainer, backup, identity) if backup else []
    pause = _Pause(_slice() if backup else None)
    progress = Progress(steps, int(ops.convert_to_numpy(trainer.step)))
    for end in np.unique(np.linspace(0, steps, records + 1).round().astype(int)):
        done = int(ops.convert_to_numpy(trainer.step))
        if end <= done:
            continue
        if keras.backend.backend() == "torch":  # whose dropout draws from the global generator
            keras.utils.set_random_seed(trainer.seed + done)
        # Dropout on torch draws from a generator that starts anew with each record: no place to pause within one.
        callbacks = [pause] if keras.backend.backend() != "torch" else []
        trainer.fit(np.zeros((end - done, 1), "float32"), batch_size=1, shuffle=False, verbose=0, callbacks=callbacks)
        if backup and (done := int(ops.convert_to_numpy(trainer.step))) < end:
            _save(trainer, backup, identity, history)
            raise Paused(_paused(done, steps, backup))
        row = {"step": int(end)} | {name: float(mean.result()) for name, mean in trainer.means.items()}
        for mean in trainer.means.values():
            mean.reset_state()
        row |= evaluate() if evaluate else {}
        history.append(row)
        words = [f"{name} {value:.6g}" for name, value in row.items()]
        log.info(", ".join(filter(None, [*words, progress.left(int(end))])))
        if backup:
            _save(trainer, backup, identity, history)
            if pause.due() and end < steps:
                raise Paused(_paused(int(end), steps, backup))
    if backup:
        backup.unlink(missing_ok=True)
    return pd.DataFrame(history)


class _Pause(keras.callbacks.Callback):
    """Stops a training some seconds after this was made; None for never."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.end = None if seconds is None else time.monotonic() + seconds

    def due(self) -> bool:
        """Whether the time is up."""
        return self.end is not None and time.monotonic() >= self.end

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each call of several steps."""
        if self.due():
            self.model.stop_training = True


def _paused(done: int, steps: int, backup: Path) -> str:
    return f"paused after step {done} of {steps}, kept in {backup}: the same call goes on"


def _slice() -> float | None:
    """Seconds of a slice, as the environment says; None for no end."""
    text = os.environ.get(SLICE)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ValueError(f"environment variable {SLICE}: found {text}, expected a positive number of seconds")
    return seconds


def _execution(steps_per_call: int) -> dict[str, int | bool]:
    """How the active backend runs steps fastest (TensorFlow's XLA gains nothing on a CPU and compiles for longer)."""
    match keras.backend.backend():
        case "torch":  # always eager; Keras refuses to be asked for more
            return {"steps_per_execution": 1, "jit_compile": False}
        case "jax":  # eager without its compiler
            return {"steps_per_execution": steps_per_call, "jit_compile": True}
        case _:
            return {"steps_per_execution": steps_per_call, "jit_compile": False}


def _save(trainer: Trainer, backup: Path, identity: str, history: list[dict[str, float]]) -> None:
    """Write variables, optimizer, random state and history to one file, so that a kill never leaves half a backup.

    Keras's own BackupAndRestore and `save_weights` leave out the state of the seed generators, and the history.
    """
    backup.parent.mkdir(parents=True, exist_ok=True)
    unfinished = backup.with_name(backup.name + ".new")
    with unfinished.open("wb") as file:
        arrays = [ops.convert_to_numpy(variable) for variable in _state(trainer)]
        np.savez(file, *arrays, identity=np.array(identity), history=np.array(json.dumps(history)))
    unfinished.replace(backup)


def _restore(trainer: Trainer, backup: Path, identity: str) -> list[dict[str, float]]:
    """Bring the trainer to the state of the backup, if there is one of the same training, and return its history."""
    if not backup.exists():
        return []
    try:
        with np.load(backup, allow_pickle=False) as file:
            saved = dict(file)
    except (OSError, ValueError, EOFError, BadZipFile) as error:  # cut by a machine that went down
        log.warning("%s: found %s, expected a backup: starting anew", backup, type(error).__name__)
        return []
    if str(saved["identity"]) != identity:
        log.warning("%s belongs to a training with other settings: starting anew", backup)
        return []
    for number, variable in enumerate(_state(trainer)):
        variable.assign(saved[f"arr_{number}"])
    history: list[dict[str, float]] = json.loads(str(saved["history"]))
    return history


def _state(trainer: Trainer) -> list[keras.Variable]:
    tracked = [variable for mean in trainer.means.values() for variable in mean.variables]
    return [*trainer.variables, *trainer.optimizer.variables, *tracked]
