"""Layers and numbers that several networks share."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

__all__ = ["DROPOUT", "MOMENTUM", "SLOPE", "UpSampledConv2D", "check_multiple"]

SLOPE = 0.2
"""Of the leaky ReLU, for negative inputs."""
MOMENTUM = 0.8
"""Of the running statistics of batch normalisation."""
DROPOUT = 0.25
"""Fraction of values dropped after each convolution of discriminator and constraint."""


@keras.saving.register_keras_serializable("ccdcgan")
class UpSampledConv2D(layers.Layer):
    """``UpSampling2D()`` and ``Conv2D(filters, 3, padding="same")`` in one transposed convolution.

    Up-sampling repeats every value four times, so that most products of the convolution behind it are done four times:
    the kernel's weights that meet the same value are added up instead. Same weights, same result, half the time of
    a generator's step on a CPU.

    Parameters
    ----------
    filters
        Channels of the output.
    """

    def __init__(self, filters: int, **options: Any) -> None:
        super().__init__(**options)
        self.filters = filters

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights of the convolution: kernel (3, 3, channels, filters) and bias."""
        self.kernel = self.add_weight(shape=(3, 3, input_shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """From (batch, height, width, channels) to (batch, 2 height, 2 width, filters)."""
        # A transposed convolution wants its kernel turned by half a turn, and as (rows, columns, filters, channels).
        turned = ops.transpose(ops.flip(self.kernel, (0, 1)), (0, 1, 3, 2))
        shifts = [((down, 1 - down), (right, 1 - right), (0, 0), (0, 0)) for down in (0, 1) for right in (0, 1)]
        kernel = sum(ops.pad(turned, shift) for shift in shifts)
        return ops.conv_transpose(inputs, kernel, strides=2, padding="same") + self.bias

    def get_config(self) -> dict[str, Any]:
        """What a file needs to build the layer again."""
        return {**super().get_config(), "filters": self.filters}


def check_multiple(what: str, value: int, of: int) -> None:
    """Raise ValueError unless a value is a positive multiple of a number."""
    if value <= 0 or value % of:
        raise ValueError(f"{what}: found {value}, expected a positive multiple of {of}")
