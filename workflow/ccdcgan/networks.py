"""The networks of the paper: two voxel autoencoders, the generator, the discriminator and the constraint.

Plain Keras 3 models without weights from anywhere: they run on every Keras backend and are read back from ``.keras``
files in safe mode. Voxels and graphs are channels-last, ``(batch, edge, edge, [edge,] 1)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from ccdcgan.config import halvings

__all__ = [
    "UpSampledConv2D",
    "autoencoder",
    "constraint",
    "dense_discriminator",
    "dense_generator",
    "discriminator",
    "generator",
    "load",
    "moments",
]

Output = Literal["hard_sigmoid", "sigmoid"]

SLOPE = 0.2
"""Of the leaky ReLU, for negative inputs."""
MOMENTUM = 0.8
"""Of the running statistics of batch normalisation."""
DROPOUT = 0.25
"""Fraction of values dropped after each convolution of discriminator and constraint."""
UNITS = 512
"""Width of the dense generator and discriminator."""
LAYERS = 3
"""Hidden layers of them."""
CONSTANT = 1e-6
"""Variance below which a value of the graphs counts as the same in all of them."""


def autoencoder(
    grid: int, channels: int | Sequence[int], latent: int, output: Output
) -> tuple[keras.Model, keras.Model]:
    """Encoder and decoder of a voxel, by strided convolutions down to a rest of the grid that the last one covers.

    With ``channels=64`` these are the published networks: ``grid=64, latent=200`` the sites autoencoder of 5 + 5
    convolutions and 3,219,456 parameters (Supplementary Table 1), ``grid=32, latent=25`` the lattice autoencoder of
    4 + 4 and 1,261,568 (Supplementary Table 2). Smaller grids have fewer layers, never a smaller rest than 4 x 4 x 4:
    a rest of 2 x 2 x 2 is too narrow for the latent vector unless the channels are many.

    Parameters
    ----------
    grid
        Points along one edge of the voxel, a multiple of 8.
    channels
        Of every hidden convolution, or of each of the encoder's; the decoder has them in reverse.
    latent
        Length of the latent vector.
    output
        Last activation: ``"sigmoid"`` as published, or ``"hard_sigmoid"``, the identity clipped to [0, 1]. A voxel is
        nearly everywhere zero, which a sigmoid reaches only far out where its gradient is dead: it stays at the
        all-zero answer, which the clipped identity leaves at once.

    Returns
    -------
    encoder, decoder
        ``(batch, grid, grid, grid, 1) -> (batch, latent)`` within (-1, 1), and back to values within [0, 1].

    Raises
    ------
    ValueError
        If the grid is not a multiple of 8, or there are more or fewer channels than convolutions.
    """
    _check_multiple("grid of the voxel", grid, 8)
    stages = halvings(grid)
    rest = grid // 2**stages
    plan = [channels] if isinstance(channels, int) else list(channels)
    if len(plan) == 1:
        plan *= stages
    if len(plan) != stages:
        raise ValueError(f"channels: found {len(plan)} numbers, expected 1 or {stages} for a grid of {grid}")
    convolution = {"use_bias": False, "kernel_initializer": "he_normal"}
    halve = {"kernel_size": 4, "strides": 2, "padding": "same", **convolution}
    encoder: list[keras.Layer] = [keras.Input((grid, grid, grid, 1))]
    for count in plan:
        encoder += [layers.Conv3D(count, **halve), layers.LeakyReLU(SLOPE)]
    encoder += [layers.Conv3D(latent, rest, activation="tanh", **convolution), layers.Reshape((latent,))]
    decoder: list[keras.Layer] = [
        keras.Input((latent,)),
        layers.Reshape((1, 1, 1, latent)),
        layers.Conv3DTranspose(plan[-1], rest, **convolution),
        layers.LeakyReLU(SLOPE),
    ]
    for count in plan[-2::-1]:
        decoder += [layers.Conv3DTranspose(count, **halve), layers.LeakyReLU(SLOPE)]
    last = layers.ReLU(max_value=1.0) if output == "hard_sigmoid" else layers.Activation("sigmoid")
    decoder += [layers.Conv3DTranspose(1, **halve), last]
    return keras.Sequential(encoder, name="encoder"), keras.Sequential(decoder, name="decoder")


def load(path: Path | str) -> keras.Model:
    """Read a network from its ``.keras`` file in Keras's safe mode, which runs no code from it."""
    return keras.saving.load_model(path, safe_mode=True)


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


def generator(edge: int, latent: int = 200) -> keras.Model:
    """Generator: normal noise ``(batch, latent)`` to crystal graphs ``(batch, edge, edge, 1)`` within (-1, 1).

    1,483,393 parameters with ``edge=28`` (Supplementary Table 3).

    Raises
    ------
    ValueError
        If the edge is not a multiple of 4.
    """
    _check_multiple("edge of the crystal graph", edge, 4)
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


def dense_generator(graphs: NDArray[np.float32], latent: int = 200) -> keras.Model:
    """Generator without convolutions: normal noise ``(batch, latent)`` to crystal graphs within [-1, 1].

    A crystal graph is a folded vector: its pixels are no neighbours, and a convolution takes them for such. Here each
    value stands for itself, in units of its mean and standard deviation over the real graphs, behind residual layers.

    Parameters
    ----------
    graphs
        Real ones, shape (n, edge, edge): for those means and deviations.
    latent
        Length of the noise.
    """
    shape, values = _statistics(graphs)
    inputs = keras.Input((latent,))
    hidden = layers.Dense(UNITS)(inputs)
    for _ in range(LAYERS):
        branch = layers.LeakyReLU(SLOPE)(layers.LayerNormalization()(hidden))
        hidden = layers.Add()([hidden, layers.Dense(UNITS)(branch)])
    outputs = layers.Dense(len(values["mean"]))(layers.LeakyReLU(SLOPE)(hidden))
    outputs = layers.Activation("hard_tanh")(layers.Normalization(**values, invert=True)(outputs))
    return keras.Model(inputs, layers.Reshape((*shape, 1))(outputs), name="generator")


def dense_discriminator(graphs: NDArray[np.float32]) -> keras.Model:
    """Discriminator without convolutions: crystal graphs ``(batch, edge, edge, 1)`` to the logit of being real.

    Its weights are kept to a spectral norm of one (Miyato et al., "Spectral normalization for generative adversarial
    networks", ICLR 2018): of the ways tried to keep it from running ahead of the generator (dropout, noise on its
    inputs), the one under which the most decoded crystals were dense and free of overlaps.

    Parameters
    ----------
    graphs
        Real ones, as in `dense_generator`.
    """
    shape, values = _statistics(graphs)
    # What never varies, such as the padding, says nothing: in units of one, rounding cannot give a graph away.
    values["variance"] = [variance if variance > CONSTANT else 1.0 for variance in values["variance"]]
    network: list[keras.Layer] = [keras.Input((*shape, 1)), layers.Flatten(), layers.Normalization(**values)]
    for _ in range(LAYERS):
        network += [layers.SpectralNormalization(layers.Dense(UNITS)), layers.LeakyReLU(SLOPE)]
    return keras.Sequential([*network, layers.Dense(1)], name="discriminator")


def _statistics(graphs: NDArray[np.float32]) -> tuple[tuple[int, ...], dict[str, list[float]]]:
    """Shape of a graph, and mean and variance of each of its values, as Normalization takes them."""
    rows = graphs.reshape(len(graphs), -1).astype(np.float64)
    return graphs.shape[1:], {"mean": rows.mean(axis=0).tolist(), "variance": rows.var(axis=0).tolist()}


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
    _check_multiple("edge of the crystal graph", edge, 4)
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


def _check_multiple(what: str, value: int, of: int) -> None:
    if value <= 0 or value % of:
        raise ValueError(f"{what}: found {value}, expected a positive multiple of {of}")
