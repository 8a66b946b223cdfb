"""Section ``constraint``: training of the network that predicts the formation energy."""

from __future__ import annotations

from typing import Literal

from ccdcgan.config.quantities import BatchSize, LearningRate, Steps
from ccdcgan.config.values import Section

__all__ = ["Constraint"]


class Constraint(Section):
    """The network that predicts the formation energy from a crystal graph."""

    steps: Steps
    """Training steps (batches)."""
    batch_size: BatchSize
    """Graphs in a batch."""
    learning_rate: LearningRate
    """Learning rate of Adam (text: 0.002, authors' code: 0.0002)."""
    schedule: Literal["constant", "cosine"]
    """Learning rate over the steps: constant, as published, or falling to zero by a cosine."""
