"""The published generator, discriminator and constraint (Supplementary Tables 3 to 5)."""

from __future__ import annotations

import keras
from keras import layers

from ccdcgan.networks.layers import DROPOUT, MOMENTUM, SLOPE, UpSampledConv2D, check_multiple

__all__ = ["constraint", "discriminator", "generator", "moments"]


def generator(edge: int, latent: int = 200) -> keras.Model:
    """Generator: normal noise ``(batch, latent)`` to crystal graphs ``(batch, edge, edge, 1)`` within (-1, 1).

    1,483,393 parameters with ``edge=28`` (Supplementary Table 3).

    Raises
    ------
    ValueError
        If the edge is not a multiple of 4.
    """
    check_multiple("edge of the crystal graph", edge, 4)
    quarter = edge // 4
    return keras.Sequential(
        [
            keras.Input((latent,)),
            layers.Dense(quarter * quarter * 128, activation="relu"),
            layers.Reshape((quarter, quarter, 128)),
            UpSampledConv2D(128),
            layers.BatchNormalization(momentum=MOMENTUM),
            layers.ReLU(),
            UpSampledConv2D(64),
            layers.BatchNormalization(momentum=MOMENTUM),
            layers.ReLU(),
            layers.Conv2D(1, 3, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def discriminator(edge: int) -> keras.Model:
    """Discriminator: crystal graphs ``(batch, edge, edge, 1)`` to the logit ``(batch, 1)`` of being real.

    The published sigmoid is left to the loss (``from_logits=True``), which is the same function and never overflows.
    393,729 parameters with ``edge=28`` (Supplementary Table 4).

    Raises
    ------
    ValueError
        If the edge is not a multiple of 4.
    """
    return keras.Sequential([*_trunk(edge), layers.Dense(1)], name="discriminator")


def constraint(edge: int) -> keras.Model:
    """Constraint: crystal graphs ``(batch, edge, edge, 1)`` to the formation energy ``(batch, 1)``.

    The discriminator's convolutions, then six dense layers: 4,995,457 parameters with ``edge=28`` (Supplementary
    Table 5). The unit of the output is that of the energies it is trained on.

    Raises
    ------
    ValueError
        If the edge is not a multiple of 4.
    """
    dense: list[keras.Layer] = []
    for units in (1024, 256, 256, 256, 64):
        dense += [layers.Dense(units), layers.LeakyReLU(SLOPE)]
    return keras.Sequential([*_trunk(edge), *dense, layers.Dense(1)], name="constraint")


def moments(network: keras.Model) -> tuple[float, float]:
    """Mean and standard deviation of the values that a network such as the constraint learnt from: its last layer's."""
    return float(network.layers[-1].offset), float(network.layers[-1].scale)


def _trunk(edge: int) -> list[keras.Layer]:
    """Input and the four convolutions that discriminator and constraint share, flattened."""
    check_multiple("edge of the crystal graph", edge, 4)
    block = [layers.LeakyReLU(SLOPE), layers.Dropout(DROPOUT)]
    trunk = [keras.Input((edge, edge, 1)), layers.Conv2D(32, 3, strides=2, padding="same"), *block]
    trunk.append(layers.Conv2D(64, 3, strides=2, padding="same"))
    if edge % 8:  # a quarter of the edge is odd: pad it to even before it is halved again
        trunk.append(layers.ZeroPadding2D(((0, 1), (0, 1))))
    trunk += [layers.BatchNormalization(momentum=MOMENTUM), layers.LeakyReLU(SLOPE), layers.Dropout(DROPOUT)]
    for filters, strides in ((128, 2), (256, 1)):
        trunk += [
            layers.Conv2D(filters, 3, strides=strides, padding="same"),
            layers.BatchNormalization(momentum=MOMENTUM),
            layers.LeakyReLU(SLOPE),
            layers.Dropout(DROPOUT),
        ]
    return [*trunk, layers.Flatten()]
