"""Section ``autoencoders``: networks and training of the two."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from ccdcgan.config.quantities import BatchSize, Channels, Fraction, LearningRate, Length, Share, Steps
from ccdcgan.config.values import FromText, InsidePath, Section

__all__ = ["Autoencoder", "Autoencoders"]


class Autoencoder(Section):
    """One convolutional autoencoder."""

    channels: Channels
    """Channels of every hidden convolution (paper: 64), or a list of those of each, from the voxel inwards."""
    latent: Annotated[int, Field(ge=1, le=200), FromText]
    """Length of the latent vector; at most the width of a slot of the crystal graph."""
    steps: Steps
    """Training steps (batches)."""
    batch_size: BatchSize
    """Voxels in a batch."""
    learning_rate: LearningRate
    """Initial learning rate of Adam, decayed by a cosine (text: 0.003, authors' code: 0.0003)."""
    beta_2: Fraction
    """Second moment decay of Adam (text: 0.99, authors' code: 0.999)."""
    weight_decay: Share
    """Coefficient lambda of Eq. (5) (text: 1e-6, authors' code: 0)."""
    sigma_start: Length
    """Width of the Gaussians at the first step, in angstrom, annealed to that of the voxels over the first half."""
    augment: Share
    """Share of the voxels of a batch (0 to 1) that are random cuts, strains, choices of atoms, permutations and
    reflections of the crystals, instead of the crystals as they are."""
    output: Literal["hard_sigmoid", "linear", "sigmoid"]
    """Last activation: a clipped linear one; the same, trained without the clip, which large networks need; or the
    paper's sigmoid (which falls into the all-zero answer)."""
    loss: Literal["relative", "mean"]
    """Squared error as a fraction of the voxels' own squares, or the mean over all values, as in Eq. (5)."""


class Autoencoders(Section):
    """The two autoencoders (Fig. 1; Eq. 5)."""

    pretrained: InsidePath | None
    """Folder of ready-made autoencoders (`resources/autoencoders`), used as they are, whatever the system; null: the
    run trains its own, by the keys below, which only then matter."""
    sites: Autoencoder
    """The sites autoencoder, one network for all elements."""
    lattice: Autoencoder
    """The lattice autoencoder."""
