"""Generator and discriminator of dense layers, for which a crystal graph is a vector."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from ccdcgan.networks.layers import SLOPE

__all__ = ["dense_discriminator", "dense_generator"]

UNITS = 512
"""Width of the dense generator and discriminator."""
LAYERS = 3
"""Hidden layers of them."""
CONSTANT = 1e-6
"""Variance below which a value of the graphs counts as the same in all of them."""


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
