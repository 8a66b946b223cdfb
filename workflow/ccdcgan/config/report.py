"""Section ``report``: what is handed to the user."""

from __future__ import annotations

from ccdcgan.config.quantities import Count
from ccdcgan.config.values import Section

__all__ = ["Report"]


class Report(Section):
    """What is handed to the user."""

    best: Count
    """How many of the most stable distinct candidates are written as CIF files."""
