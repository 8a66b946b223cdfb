"""The training loop that all networks share: many steps in one call from Python, a history, and exact resuming."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from ccdcgan.networks.backup import Backup
from ccdcgan.networks.pace import Watch
from ccdcgan.runs.progress import Progress

__all__ = ["SLICE", "Paused", "Plan", "Trainer", "configure", "fit"]

log = logging.getLogger(__name__)

SLICE = "CCDCGAN_SLICE"
"""Environment variable: seconds after which a training with a backup is paused."""
GRAPH_OPTIONS = {"dependency_optimization": False, "remapping": False}
"""TensorFlow's passes over its graphs that are off. The first removes edges that keep the reading of a variable behind
its assignment: of the GANs' two losses the second then meets the discriminator now before, now after its update (6 of
94 trainings differed). The second fails on them and fills the screen with it."""


@dataclass(frozen=True)
class Plan:
    """How a training goes on, by Adam.

    Raises
    ------
    ValueError
        If steps, steps_per_call or records are not positive.
    """

    steps: int
    """Training steps in total."""
    steps_per_call: int
    """Steps that run in one call from Python."""
    records: int
    """Rows of the history, evenly spread over the steps, or as many as there are steps; the last one at the last."""
    learning_rate: float
    """At the first step."""
    cosine: bool
    """Whether it falls to zero by a cosine, or stays."""
    beta_1: float = 0.9
    """Decay of Adam's first moment."""
    beta_2: float = 0.999
    """Decay of its second moment."""

    def __post_init__(self) -> None:
        for name in ("steps", "steps_per_call", "records"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{name}: found {value}, expected at least 1")

    def optimizer(self) -> keras.optimizers.Optimizer:
        """A fresh Adam."""
        rate = self.learning_rate
        if self.cosine:
            rate = keras.optimizers.schedules.CosineDecay(self.learning_rate, self.steps)
        return keras.optimizers.Adam(rate, beta_1=self.beta_1, beta_2=self.beta_2)

    def ends(self) -> list[int]:
        """Steps at which a row of the history is written, after the start."""
        ends: list[int] = np.unique(np.linspace(0, self.steps, self.records + 1).round().astype(int)).tolist()
        return ends[1:]


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

    @property
    def done(self) -> int:
        """Number of steps that are done."""
        return int(ops.convert_to_numpy(self.step))

    def state(self) -> list[keras.Variable]:
        """Everything that a training changes, in one order: weights, optimizer, step, random state, means."""
        tracked = [variable for mean in self.means.values() for variable in mean.variables]
        return [*self.variables, *self.optimizer.variables, *tracked]

    def draw(self, size: int, *arrays: Any) -> list[Any]:
        """The same random rows of arrays of equal length, with repetition: shapes ``(size, *array.shape[1:])``."""
        rows = keras.random.randint((size,), 0, arrays[0].shape[0], seed=self.random)
        return [ops.take(array, rows, axis=0) for array in arrays]

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
    plan: Plan,
    *,
    evaluate: Callable[[], dict[str, float]] | None = None,
    backup: Path | None = None,
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
    plan
        How long, how fast, and how often a row of the history is written.
    evaluate
        Called at every record; its values become columns of the history.
    backup
        File that holds the state of this training, written at every record and pause and removed at the end; None for
        none, and no pauses.
    identity
        Whatever a backup must agree on to be continued, beside the plan and the seed, such as the settings as JSON;
        another one starts anew.

    Returns
    -------
    DataFrame
        Columns ``step``, the tracked values (means over the steps since the row before), the values of ``evaluate``.

    Raises
    ------
    ValueError
        If the seconds of `SLICE` are not positive.
    Paused
        At the end of a slice.
    """
    optimizer = plan.optimizer()
    trainer.compile(optimizer=optimizer, **_execution(plan))
    optimizer.build(trainer.trainable_variables)
    kept = Backup(backup, json.dumps([identity, trainer.seed, asdict(plan)], sort_keys=True))
    history = kept.restore(trainer.state())
    pause = _Pause(_slice() if backup else None)
    progress = Progress(plan.steps, trainer.done)
    with Watch(lambda: trainer.done, plan.steps):
        for end in [end for end in plan.ends() if end > trainer.done]:
            _run(trainer, end, pause)
            if trainer.done == end:
                history.append(_row(trainer, evaluate))
                _log(history[-1], progress.left(end))
            kept.save(trainer.state(), history)
            if trainer.done < end or (pause.due() and end < plan.steps):
                done = f"paused after step {trainer.done} of {plan.steps}"
                raise Paused(f"{done}, kept in {backup}: the same call goes on")
    kept.remove()
    return pd.DataFrame(history)


def _run(trainer: Trainer, end: int, pause: _Pause) -> None:
    """Train up to a step, or until the time is up."""
    callbacks = [pause]
    if keras.backend.backend() == "torch":
        # Its dropout draws from the global generator, which starts anew with each record: no place to pause within one.
        keras.utils.set_random_seed(trainer.seed + trainer.done)
        callbacks = []
    placeholder = np.zeros((end - trainer.done, 1), "float32")
    trainer.fit(placeholder, batch_size=1, shuffle=False, verbose=0, callbacks=callbacks)


def _row(trainer: Trainer, evaluate: Callable[[], dict[str, float]] | None) -> dict[str, float]:
    """A row of the history; the means begin anew."""
    row = {"step": trainer.done} | {name: float(mean.result()) for name, mean in trainer.means.items()}
    for mean in trainer.means.values():
        mean.reset_state()
    return row | (evaluate() if evaluate else {})


def _log(row: dict[str, float], left: str) -> None:
    log.info(", ".join(filter(None, [*(f"{name} {value:.6g}" for name, value in row.items()), left])))


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


def _execution(plan: Plan) -> dict[str, int | bool]:
    """How the active backend runs steps fastest (TensorFlow's XLA gains nothing on a CPU and compiles for longer)."""
    steps_per_call = min(plan.steps_per_call, plan.steps)
    match keras.backend.backend():
        case "torch":  # always eager; Keras refuses to be asked for more
            return {"steps_per_execution": 1, "jit_compile": False}
        case "jax":  # eager without its compiler
            return {"steps_per_execution": steps_per_call, "jit_compile": True}
        case _:
            return {"steps_per_execution": steps_per_call, "jit_compile": False}
