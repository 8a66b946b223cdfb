"""Section ``controls``: what any generator must beat."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
)

from ccdcgan.config.prototypes import Source
from ccdcgan.config.quantities import Count
from ccdcgan.config.values import Distinct, FromText, Section

__all__ = ["Controls"]


class Controls(Section):
    """What any generator must beat, run by `snakemake discovery`: ways to new crystals that need no GAN."""

    names: Annotated[list[Literal["random", "substitution", "latents", "weighted_latents"]], Distinct]
    """Symmetric random crystals (settings: prototypes.random), prototype cells that the database was not relaxed from,
    crystal graphs of the database with noise, and the same drawn with the weights of gan.temperature."""
    relaxations: Count
    """Crystals that each control gives to relaxation; of the latents, graphs, of which some give no crystal."""
    noise: Annotated[float, Field(ge=0, le=100), FromText]
    """Noise on these graphs, as a fraction of each value's standard deviation over the database."""
    sources: list[Source] | None
    """Sources of prototypes of control substitution; null: those of the database, of which it takes what the database
    left."""

    @property
    def needed(self) -> list[str]:
        """Sources of prototypes whose settings the controls need, whatever the database is made of."""
        return [*(name for name in self.names if name == "random"), *(self.sources or ())]
