"""Section ``hull``: what counts as stable and meta-stable."""

from __future__ import annotations

from ccdcgan.config.quantities import EnergyAbove
from ccdcgan.config.values import Section

__all__ = ["Hull"]


class Hull(Section):
    """What counts as stable and meta-stable; both ask for a negative formation energy as well."""

    stable: EnergyAbove
    """Energy above hull below which a crystal is stable, in eV/atom (paper: 0.100)."""
    metastable: EnergyAbove
    """Energy above hull below which a crystal is meta-stable, in eV/atom (paper: 0.150)."""
