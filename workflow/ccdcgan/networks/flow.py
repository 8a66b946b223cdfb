"""The flow: a network that moves noise to crystal graphs, told the time and what is known of the crystal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, ops
from numpy.typing import NDArray

__all__ = ["Flow"]

DROPOUT = 0.1
"""Fraction of values dropped within each residual block."""
WAVES = 32
"""Sines and cosines of the time, each."""
FASTEST = 5.0
"""Logarithm of the largest angular frequency of them."""
CONSTANT = 1e-3
"""Standard deviation below which a value of the graphs counts as the same in all of them."""


@keras.saving.register_keras_serializable("ccdcgan")
class Flow(keras.Model):
    """Velocity of points on their way from normal noise (time 0) to standardised crystal graphs (time 1).

    Residual dense layers (a crystal graph is a folded vector: its pixels are no neighbours), each shifted, scaled and
    gated by time and conditions (Peebles and Xie, "Scalable diffusion models with transformers", ICCV 2023). Every
    condition enters as two numbers: its value in standard deviations from its mean, and whether it is known.

    Parameters
    ----------
    shape
        Of a crystal graph, (edge, edge).
    places
        Indices of the d values of the flattened graph that vary.
    conditions
        Names of the c conditions.
    width, blocks
        Units of the residual layers, and their number.
    """

    def __init__(
        self,
        shape: Sequence[int],
        places: Sequence[int],
        conditions: Sequence[str],
        width: int,
        blocks: int,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.settings = {"width": width, "blocks": blocks}
        self.shape_of_graph, self.places, self.conditions = tuple(shape), tuple(places), tuple(conditions)
        self.network = _velocity(len(self.places), 2 * len(self.conditions), width, blocks)
        sizes = {"mean": int(np.prod(self.shape_of_graph)), "spread": len(self.places)}
        sizes |= {"centre": len(self.conditions), "scale": len(self.conditions)}
        for name, size in sizes.items():
            setattr(self, name, self.add_weight(shape=(size,), initializer="ones", trainable=False, name=name))
        self.built = True

    @classmethod
    def of(cls, graphs: NDArray[np.float32], conditions: pd.DataFrame, *, width: int, blocks: int) -> Flow:
        """Untrained network, in units of the graphs and conditions that it is to learn from.

        Parameters
        ----------
        graphs
            Shape (n, edge, edge).
        conditions
            A column for each condition, n rows; nan where a value is not known.
        width, blocks
            Size of the network.

        Raises
        ------
        ValueError
            If there is no graph, or all are equal.
        """
        if len(graphs) == 0:
            raise ValueError("0 crystal graphs found to learn from, expected at least two.")
        rows = graphs.reshape(len(graphs), -1).astype(np.float64)
        places = np.flatnonzero(rows.std(axis=0) > CONSTANT)
        if len(places) == 0:
            raise ValueError(f"{len(graphs)} crystal graphs found without a difference, expected ones that differ.")
        flow = cls(graphs.shape[1:], places.tolist(), [str(name) for name in conditions], width, blocks)
        scale = conditions.std(ddof=0).fillna(0.0)
        flow.mean.assign(rows.mean(axis=0))
        flow.spread.assign(rows.std(axis=0)[places])
        flow.centre.assign(conditions.mean().fillna(0.0).to_numpy())
        flow.scale.assign(scale.where(scale > 0, 1.0).to_numpy())
        return flow

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Velocity, shape (batch, d), of points (batch, d) at times (batch, 1) under conditions (batch, 2 c)."""
        return self.network(inputs, training=training)

    def points(self, graphs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Crystal graphs, shape (n, edge, edge), as points, shape (n, d): standardised, without what never varies."""
        places = list(self.places)
        mean, spread = _numpy(self.mean)[places], _numpy(self.spread)
        points: NDArray[np.float32] = (graphs.reshape(len(graphs), -1)[:, places] - mean) / spread
        return points.astype(np.float32)

    def graphs(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points, shape (n, d), as crystal graphs, shape (n, edge, edge), within [-1, 1]."""
        rows = np.repeat(_numpy(self.mean)[None], len(points), axis=0)
        rows[:, list(self.places)] += points * _numpy(self.spread)
        return np.clip(rows, -1, 1).reshape(-1, *self.shape_of_graph)

    def told(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Conditions as the network takes them, shape (n, 2 c), of values of shape (n, c), nan where not known."""
        known = np.isfinite(values)
        standardised = np.where(known, (values - _numpy(self.centre)) / _numpy(self.scale), 0.0)
        return np.concatenate([standardised, known], axis=1).astype(np.float32)

    def sample(
        self, noise: NDArray[np.float32], asked: Mapping[str, float], *, guidance: float, steps: int
    ) -> NDArray[np.float32]:
        """Crystal graphs from noise, by Euler steps along the velocity.

        With guidance w the velocity is (1 + w) times that under what is asked for, less w times that under nothing
        (Ho and Salimans, "Classifier-free diffusion guidance", 2022).

        Parameters
        ----------
        noise
            Shape (n, d), standard normal.
        asked
            Condition -> value; the others stay unknown.
        guidance
            w, at least 0.
        steps
            From noise to graphs.

        Returns
        -------
        ndarray
            Shape (n, edge, edge), within [-1, 1].

        Raises
        ------
        ValueError
            If something is asked for that the network was never told.
        """
        foreign = [name for name in asked if name not in self.conditions]
        if foreign:
            raise ValueError(f"asked for {foreign[0]}, expected one of {', '.join(self.conditions) or 'nothing'}.")
        values = np.array([[asked.get(name, np.nan) for name in self.conditions]])
        told = ops.convert_to_tensor(np.repeat(self.told(values), len(noise), axis=0))
        points = ops.convert_to_tensor(noise.astype(np.float32))
        for step in range(steps):
            time = ops.full((len(noise), 1), step / steps, dtype="float32")
            velocity = self.network([points, time, told], training=False)
            if guidance and asked:
                free = self.network([points, time, ops.zeros_like(told)], training=False)
                velocity = (1 + guidance) * velocity - guidance * free
            points = points + velocity / steps
        return self.graphs(_numpy(points))

    def get_config(self) -> dict[str, Any]:
        """What a file needs to build the network again."""
        shape = {"shape": self.shape_of_graph, "places": self.places, "conditions": self.conditions}
        return {**super().get_config(), **shape, **self.settings}


def _velocity(values: int, told: int, width: int, blocks: int) -> keras.Model:
    """Residual dense layers under time and conditions; the velocity is 0 before the training."""
    points, time, conditions = keras.Input((values,)), keras.Input((1,)), keras.Input((told,))
    angles = time * np.exp(np.linspace(0, FASTEST, WAVES, dtype=np.float32))[None]
    context = layers.Concatenate()([ops.sin(angles), ops.cos(angles), conditions])
    context = layers.Dense(width)(layers.Dense(width, activation="silu")(context))
    context = layers.Activation("silu")(context)
    hidden = layers.Dense(width)(points)
    for _ in range(blocks):
        shift, scale, gate = ops.split(layers.Dense(3 * width, kernel_initializer="zeros")(context), 3, axis=-1)
        branch = layers.LayerNormalization(center=False, scale=False)(hidden) * (1 + scale) + shift
        branch = layers.Dropout(DROPOUT)(layers.Dense(2 * width, activation="gelu")(branch))
        hidden = hidden + (1 + gate) * layers.Dense(width)(branch)
    velocity = layers.Dense(values, kernel_initializer="zeros")(hidden)
    return keras.Model([points, time, conditions], velocity, name="velocity")


def _numpy(values: Any) -> NDArray[np.float32]:
    array: NDArray[np.float32] = ops.convert_to_numpy(values)
    return array
