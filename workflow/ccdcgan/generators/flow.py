"""The conditional flow: a network that carries noise to crystal graphs, and can be told what to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops
from numpy.typing import NDArray
from scipy.special import expit

from ccdcgan.config.flow import Flow as Settings
from ccdcgan.networks.flow import Flow
from ccdcgan.networks.saving import load
from ccdcgan.networks.training import Plan, Trainer, fit

__all__ = ["Sampler", "load_flow", "train_flow"]

STEPS_PER_CALL = 10
RECORDS = 50
"""Largest number of rows in the history."""
MEASURED = 512
"""Largest number of graphs of a side that its losses are measured on."""
AVERAGED = 0.05
"""Of all steps: how far back the running average of the weights reaches."""
WEIGHT_DECAY = 0.01
"""Of AdamW."""
WARM_UP = 100
"""Steps in which the learning rate rises, but no more than a tenth of all."""
CLIP = 1.0
"""Largest norm of the gradient of all weights together."""


@dataclass(frozen=True)
class Descent(Plan):
    """A training by AdamW, whose learning rate rises from zero and falls to zero by a cosine."""

    def optimizer(self) -> keras.optimizers.Optimizer:
        """A fresh AdamW."""
        warm_up = min(WARM_UP, self.steps // 10)
        rate = keras.optimizers.schedules.CosineDecay(
            self.learning_rate / max(warm_up, 1),
            max(self.steps - warm_up, 1),
            warmup_target=self.learning_rate if warm_up else None,
            warmup_steps=warm_up,
        )
        return keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, global_clipnorm=CLIP)


def train_flow(
    graphs: NDArray[np.float32],
    conditions: pd.DataFrame,
    training: NDArray[np.bool_],
    settings: Settings,
    *,
    weights: NDArray[np.float64] | None = None,
    seed: int,
    backup: Path | None,
) -> tuple[Flow, pd.DataFrame]:
    """Train a flow by flow matching along straight paths (Lipman et al., ICLR 2023).

    It learns the velocity ``graph - noise`` at ``(1 - t) noise + t graph``; t is the sigmoid of a normal number.

    Parameters
    ----------
    graphs
        Shape (n, edge, edge).
    conditions
        A column for each condition, n rows; nan where a value is not known.
    training
        Shape (n,), true for the graphs to learn from.
    settings
        Of the training.
    weights
        How often each graph is drawn, shape (n,), in any unit; None: all alike.
    seed
        Of initial weights and of every random draw.
    backup
        File to resume an interrupted training from; None for none.

    Returns
    -------
    flow : Flow
        The network.
    history : DataFrame
        Columns ``step, loss, train_loss, held_out_loss``, mean squared errors in variances of the graphs: over the
        steps since the row before; and of the averaged weights, told all conditions (nan where nothing is held out).

    Raises
    ------
    ValueError
        If those to learn from are none, or all equal.
    """
    keras.utils.set_random_seed(seed)
    flow = Flow.of(graphs[training], conditions[training], width=settings.width, blocks=settings.blocks)
    points, told = flow.points(graphs), flow.told(conditions.to_numpy(dtype=float))
    shares = (np.ones(len(graphs)) if weights is None else weights)[training]
    trainer = FlowMatching(flow, points[training], told[training], settings, shares, seed)
    sides = {"train_loss": training, "held_out_loss": ~training}
    measured = {name: _some(points[side], told[side], seed) for name, side in sides.items()}
    records = min(RECORDS, -(-settings.steps // STEPS_PER_CALL))
    history = fit(
        trainer,
        Descent(settings.steps, STEPS_PER_CALL, records, settings.learning_rate, cosine=True),
        evaluate=lambda: {name: _measure(trainer.average, *arrays) for name, arrays in measured.items()},
        backup=backup,
        identity=settings.model_dump_json(exclude={"ask", "guidance", "sampling_steps"}),
    )
    return trainer.average, history


class FlowMatching(Trainer):
    """Mean squared error of the velocity along straight paths from noise to graphs.

    Parameters
    ----------
    flow
        To train.
    points, told
        Graphs and conditions as the flow takes them, n rows each.
    settings
        Of the training.
    shares
        How often each is drawn, shape (n,), in any unit.
    seed
        Of the random draws.

    Attributes
    ----------
    average
        The same network with a running average of the weights, over a twentieth of all steps.
    """

    def __init__(
        self,
        flow: Flow,
        points: NDArray[np.float32],
        told: NDArray[np.float32],
        settings: Settings,
        shares: NDArray[np.float64],
        seed: int,
    ) -> None:
        super().__init__(seed, ("loss",))
        self.flow = flow
        self.average = Flow.from_config(flow.get_config())
        self.average.set_weights(flow.get_weights())
        self.pairs = list(zip(self.average.trainable_variables, flow.trainable_variables, strict=True))
        self.average.trainable = False
        self.points, self.told = ops.convert_to_tensor(points), ops.convert_to_tensor(told)
        self.settings = settings
        # Upper ends of the graphs' shares of [0, 1), for a uniform draw to fall into.
        ends = np.cumsum(shares)
        self.shares = ops.convert_to_tensor((ends / ends[-1]).astype(np.float32))

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Loss on a fresh batch; the running average takes up the weights that the step before left."""
        size = self.settings.batch_size
        rows = ops.searchsorted(self.shares, keras.random.uniform((size,), seed=self.random), side="right")
        points, told = ops.take(self.points, rows, axis=0), self.hidden(ops.take(self.told, rows, axis=0))
        noise = keras.random.normal(points.shape, seed=self.random)
        time = ops.sigmoid(keras.random.normal((size, 1), seed=self.random))
        velocity = self.flow([(1 - time) * noise + time * points, time, told], training=True)
        loss = ops.mean(ops.square(velocity - (points - noise)))
        self.track(loss=loss)
        reach = max(AVERAGED * self.settings.steps, 1.0)
        share = 1 / ops.minimum(ops.cast(self.step, "float32"), reach)
        for average, weight in self.pairs:
            average.assign(average + share * (ops.stop_gradient(weight) - average))
        return loss

    def hidden(self, told: Any) -> Any:
        """Conditions, shape (batch, 2 c), of which a random part stays known; of some graphs nothing does."""
        size, count = told.shape[0], told.shape[1] // 2
        keep = keras.random.uniform((size, 1), seed=self.random)
        kept = keras.random.uniform((size, count), seed=self.random) < keep
        some = keras.random.uniform((size, 1), seed=self.random) >= self.settings.condition_dropout
        kept = ops.cast(ops.logical_and(kept, some), "float32")
        return told * ops.concatenate([kept, kept], axis=1)


def _some(
    points: NDArray[np.float32], told: NDArray[np.float32], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """At most `MEASURED` graphs, evenly spread, with their conditions, and a noise and a time for each."""
    step = max(-(-len(points) // MEASURED), 1)
    points, told = points[::step], told[::step]
    random = np.random.default_rng(seed)
    noise = random.standard_normal(points.shape, dtype=np.float32)
    time = expit(random.standard_normal((len(points), 1))).astype(np.float32)
    return points, told, noise, time


def _measure(
    flow: Flow,
    points: NDArray[np.float32],
    told: NDArray[np.float32],
    noise: NDArray[np.float32],
    time: NDArray[np.float32],
) -> float:
    """Mean squared error of the velocity, without dropout; nan for no graphs."""
    if len(points) == 0:
        return float("nan")
    velocity = flow([(1 - time) * noise + time * points, time, told], training=False)
    return float(np.square(ops.convert_to_numpy(velocity) - (points - noise)).mean())


class Sampler:
    """A trained flow that is asked for something, as `ccdcgan.generators.generation.generate` takes a generator.

    Parameters
    ----------
    flow
        The network.
    asked
        Condition -> value.
    guidance, steps
        As in `Flow.sample`.
    """

    def __init__(self, flow: Flow, asked: Mapping[str, float], *, guidance: float, steps: int) -> None:
        self.flow = flow
        self.asked = dict(asked)
        self.guidance = guidance
        self.steps = steps

    @property
    def input_shape(self) -> tuple[None, int]:
        """Of its noise."""
        return None, len(self.flow.places)

    def __call__(self, noise: NDArray[np.float32], training: bool = False) -> Any:
        """Noise of shape (n, d) to graphs of shape (n, edge, edge, 1)."""
        made = self.flow.sample(noise, self.asked, guidance=self.guidance, steps=self.steps)
        return ops.convert_to_tensor(made[..., None])


def load_flow(path: Path | str) -> Flow:
    """Read a flow from its ``.keras`` file; this module knows the class, which Keras does not."""
    flow = load(path)
    if not isinstance(flow, Flow):
        raise ValueError(f"{path}: found a {type(flow).__name__}, expected a flow.")
    return flow
