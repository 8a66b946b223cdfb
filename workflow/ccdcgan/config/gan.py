"""Section ``gan``: networks and training of DCGAN and CCDCGAN."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from ccdcgan.config.quantities import BatchSize, LearningRate, Steps, Weight
from ccdcgan.config.values import FromText, Section

__all__ = ["Gan"]


class Gan(Section):
    """Training of DCGAN and CCDCGAN (Eqs. 1 and 2)."""

    steps: Steps
    """Training steps; one step updates the discriminator and the generator (paper: 1,000,000)."""
    batch_size: BatchSize
    """Graphs in a batch."""
    learning_rate: LearningRate
    """Learning rate of Adam (text: 0.002, authors' code: 0.0002)."""
    steps_per_call: Annotated[int, Field(ge=1, le=10**5), FromText]
    """Training steps in one call from Python; `steps` must be a multiple."""
    weight: Weight
    """Weight omega of the formation energy in the generator's loss of CCDCGAN (paper: 0.1)."""
    formation_energy_term: Literal["linear", "exponential"]
    """Mean of E_f as in Eq. (2), or of exp(E_f) as in the authors' code."""
    network: Literal["convolutional", "dense"]
    """Layers of generator and discriminator: as published, or dense ones, as the pixels of a crystal graph are no
    neighbours."""
    temperature: Annotated[float, Field(ge=1e-4, le=100), FromText] | None
    """In eV/atom: the GANs learn from each crystal with a weight exp(-energy above hull / temperature); null: from all
    alike, as published."""
