"""Section ``matching``: when two structures are the same."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    Field,
)

from ccdcgan.config.values import FromText, Section

__all__ = ["Matching"]


class Matching(Section):
    """Tolerances of pymatgen's StructureMatcher, wherever two structures are compared."""

    ltol: Annotated[float, Field(gt=0, le=10), FromText]
    """Fractional length tolerance."""
    stol: Annotated[float, Field(gt=0, le=10), FromText]
    """Site tolerance, as a fraction of the average free length per atom, (V/n)^(1/3)."""
    angle_tol: Annotated[float, Field(gt=0, le=180), FromText]
    """Angle tolerance, in degrees."""
