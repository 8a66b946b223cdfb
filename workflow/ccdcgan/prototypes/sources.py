"""The sources of prototypes, by their names in the config."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ccdcgan import config
from ccdcgan.prototypes import aflow, random, superstructures
from ccdcgan.prototypes.entry import Entry

__all__ = ["read_entries"]

READERS: dict[str, Callable[[Any, config.Prototypes, Sequence[str], int], Iterator[Entry]]] = {
    "aflow": aflow.read,
    "superstructures": superstructures.read,
    "random": random.read,
}
"""The function of every source."""


def read_entries(section: config.Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """All entries of all sources, in the order of ``section.sources``.

    A source is a module with one function, ``read(settings, limits, system, seed)``: from its own section of the
    config, the section ``prototypes``, the element symbols and the seed of random choices to entries.
    """
    for name in section.sources:
        yield from READERS[name](getattr(section, name), section, system, seed)
