"""Section ``studies``: trainings side by side."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
)

from ccdcgan.config.quantities import BatchSize, Count, Seed, Weight
from ccdcgan.config.values import Distinct, FromText, Section, Text

__all__ = ["Studies"]


def _nameable(weight: float) -> float:
    """Refuse weights next to nothing: their digits stand in the names of files."""
    if 0 < weight < 1e-6:
        raise ValueError("0 or a number from 0.000001 to 1,000")
    return weight


class Studies(Section):
    """Comparisons of many trainings or many graphs, run by their own targets: omega, seeds, leave_out, samples."""

    weights: Annotated[list[Annotated[Weight, AfterValidator(_nameable)]], Field(min_length=1), Distinct]
    """Weights of the formation energy that `snakemake omega` compares; 0 is DCGAN, the others at least 0.000001
    (paper: 0.1 alone)."""
    seeds: Annotated[list[Seed], Field(min_length=1), Distinct]
    """Seeds of the GANs that `snakemake seeds` compares, for each model."""
    left_out: Annotated[list[Text], Field(min_length=1), Distinct] | None
    """Reduced formulas of the compositions that `snakemake leave_out` leaves out, each from a training of CCDCGAN of
    its own; null: those of the paper, AB3, A2B3, A2B and A3B with the system's elements as A and B, or, of more than
    two elements, as many atoms of each, and one element doubled in turn."""
    samples: Annotated[list[Count], Field(min_length=1), Distinct]
    """Numbers of crystal graphs after which `snakemake samples` counts the known phases that came back (paper: 13,000,
    and 100,000 in Fig. 3c)."""
    samples_batch_size: BatchSize
    """Graphs of one job of it."""
    best_of: Annotated[list[Annotated[int, Field(ge=2, le=10**5), FromText]], Distinct]
    """Graphs that `snakemake discovery` draws for each one that is decoded and relaxed, the one of the lowest predicted
    formation energy: models and noisy controls of their own beside those that keep every graph. [] for none."""
