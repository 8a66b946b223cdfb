"""Section ``database``: a ready-made one, and the split."""

from __future__ import annotations

from ccdcgan.config.quantities import Fraction
from ccdcgan.config.values import InsidePath, Section

__all__ = ["Database"]


class Database(Section):
    """The relaxed database and its split."""

    prebuilt: InsidePath | None
    """Folder of a ready-made database (`resources/databases/bi-se`), used in place of the stages prototypes and
    relaxation; null: the database is relaxed from prototypes."""
    held_out: Fraction
    """Fraction of structures held out from training; groups of matching structures stay on one side (paper: 0.1)."""
