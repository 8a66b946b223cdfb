"""A training that takes seconds, and how to interrupt it."""

import keras
import numpy as np
from keras import ops

from ccdcgan.networks.training import Plan, Trainer, fit


class Regression(Trainer):
    """A small network with dropout that learns the sum of its inputs."""

    def __init__(self) -> None:
        keras.utils.set_random_seed(1)
        super().__init__(seed=3, tracked=("error",))
        layers = [keras.Input((5,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
        self.network = keras.Sequential(layers)
        self.array = ops.convert_to_tensor(np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32))

    def compute_loss(self, *args, **kwargs):
        (batch,) = self.draw(16, self.array)
        error = ops.mean(ops.square(self.network(batch, training=True) - ops.sum(batch, axis=-1, keepdims=True)))
        self.track(error=error)
        return error


def train(trainer, *, evaluate=None, backup=None, identity="", steps=50, records=5, learning_rate=0.01, per_call=7):
    plan = Plan(steps, per_call, records, learning_rate, cosine=True)
    return fit(trainer, plan, evaluate=evaluate, backup=backup, identity=identity)


class Interruption:
    """Evaluation that is interrupted when it is called the n-th time."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return {}


def assert_same_weights(one, other):
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
