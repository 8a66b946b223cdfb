"""Section ``metrics``: what the metrics count."""

from __future__ import annotations

from ccdcgan.config.quantities import Energy
from ccdcgan.config.values import Section

__all__ = ["Metrics"]


class Metrics(Section):
    """What the metrics count."""

    sun: list[Energy]
    """Energies above hull up to which a unique and novel crystal counts as stable (S.U.N.), in eV/atom."""
