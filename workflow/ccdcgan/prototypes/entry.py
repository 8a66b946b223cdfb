"""What every source of prototypes hands on: a cell whose atoms are numbered species, and where it comes from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ccdcgan.crystals.structures import Rejected

__all__ = ["Cell", "Entry", "Origin"]


class Cell(NamedTuple):
    """A crystal whose atoms are species of a prototype rather than elements; also what spglib calls a cell."""

    lattice: np.ndarray
    """Cell vectors as rows, shape (3, 3), in angstrom."""
    positions: np.ndarray
    """Fractional coordinates, shape (n, 3)."""
    species: np.ndarray
    """Index of each atom's species (0 = A, 1 = B, ...), shape (n,)."""


class Origin(NamedTuple):
    """Where a prototype comes from, as the table of the stage says it."""

    source: str
    """Name of the source in the config."""
    source_id: str
    """What the source calls it: an AFLOW label, an entry of a database, a file and the number of its frame."""
    licence: str
    """SPDX identifier, or what the source says; empty if it says nothing."""
    citation: str
    """DOI or reference; empty if there is none."""
    prototype: str = ""
    """AFLOW's label of the structure type, where the source knows it."""
    title: str = ""
    """Its name in words, where the source knows it."""

    @property
    def name(self) -> str:
        """Fit for a path: but for letters and digits of any script what stands in the source's own id becomes ``_``."""
        return re.sub(r"[^\w.+-]", "_", unicodedata.normalize("NFC", f"{self.source}.{self.source_id}"))


@dataclass(frozen=True)
class Entry:
    """One structure of a source, or why it cannot be used."""

    origin: Origin
    cell: Cell | Rejected
    """At the size that the source gives it."""
    elements: tuple[str, ...] | None = None
    """Element of each species; None for an abstract prototype. A structure of the system's own elements enters the
    stage as it is, at its own volume; any other is a prototype, whose species take the system's elements in turn."""
    merge: bool = False
    """Several species may take one element, where there are more species than elements."""
    common: tuple[int, ...] | None = None
    """Of a structure type so simple and well known that every sample holds it: its place, the lower the sooner."""
    rank: tuple[int, ...] = ()
    """Of entries of one source with as many atoms, the lower one is kept where two match."""
    file: str = ""
    """The file that it comes from, as it is given; empty if it comes from none."""
    place: str = ""
    """Where in the file it stands, in words; empty in a file of one."""
    remarks: tuple[str, ...] = ()
    """What a person should know of how it was read."""
