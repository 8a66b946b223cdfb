"""Section ``screening``: what the constraint keeps."""

from __future__ import annotations

from ccdcgan.config.quantities import Energy
from ccdcgan.config.values import Section

__all__ = ["Screening"]


class Screening(Section):
    """DCGAN + constraint: which decoded crystals are kept."""

    tolerance: Energy
    """Largest predicted formation energy that is kept, in eV/atom (paper: 0.3)."""
