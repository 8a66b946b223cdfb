"""Encoder and decoder of a voxel (Supplementary Tables 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import keras
from keras import layers

from ccdcgan.config.voxels import halvings
from ccdcgan.networks.layers import SLOPE, check_multiple

__all__ = ["encoder_and_decoder", "unclipped"]

Output = Literal["hard_sigmoid", "linear", "sigmoid"]


def encoder_and_decoder(
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
        all-zero answer, which the clipped identity leaves at once. ``"linear"`` is the same network, trained by
        `unclipped`: where all that it draws lies below zero, the clipped identity has no gradient any more.

    Returns
    -------
    encoder, decoder
        ``(batch, grid, grid, grid, 1) -> (batch, latent)`` within (-1, 1), and back to values within [0, 1].

    Raises
    ------
    ValueError
        If the grid is not a multiple of 8, or there are more or fewer channels than convolutions.
    """
    check_multiple("grid of the voxel", grid, 8)
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
    last = layers.Activation("sigmoid") if output == "sigmoid" else layers.ReLU(max_value=1.0)
    decoder += [layers.Conv3DTranspose(1, **halve), last]
    return keras.Sequential(encoder, name="encoder"), keras.Sequential(decoder, name="decoder")


def unclipped(decoder: keras.Sequential) -> keras.Sequential:
    """The same decoder, of the same weights, without its last activation."""
    return keras.Sequential([keras.Input(decoder.input_shape[1:]), *decoder.layers[:-1]], name="unclipped")
