"""Section ``decoding``: when a decoded graph is a crystal."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    Field,
)

from ccdcgan.config.quantities import Atoms, Fraction, Length
from ccdcgan.config.values import FromText, Section

__all__ = ["Decoding"]


class Decoding(Section):
    """From generated voxels back to crystals."""

    threshold: Fraction
    """Height from which a local maximum of a sites voxel counts as an atom (an ideal atom has height 1)."""
    min_distance: Length
    """Shortest distance between two atoms of a decoded crystal, in angstrom (authors' code: 0.5)."""
    max_atoms: Atoms
    """Largest number of atoms in a decoded cell."""
    max_volume_ratio: Annotated[float, Field(gt=1, le=1000), FromText]
    """A decoded cell is rejected if its volume is beyond this multiple, or this fraction, of what its atoms take in
    compounds (see prototypes.volume_scale)."""
