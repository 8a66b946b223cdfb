"""The sources of prototypes, by their names in the config."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ccdcgan.config.prototypes import Prototypes
from ccdcgan.prototypes.entry import Entry
from ccdcgan.prototypes.sources import aflow, files, materials_project, optimade, superstructures
from ccdcgan.prototypes.sources import random_crystals as random

__all__ = ["read_entries"]

READERS: dict[str, Callable[[Any, Prototypes, Sequence[str], int], Iterator[Entry]]] = {
    "aflow": aflow.read,
    "superstructures": superstructures.read,
    "random": random.read,
    "materials_project": materials_project.read,
    "optimade": optimade.read,
    "files": files.read,
}
"""The function of every source."""


def read_entries(section: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """All entries of all sources, in the order of ``section.sources``.

    A source is a module with one function, ``read(settings, limits, system, seed)``: from its own section of the
    config, the section ``prototypes``, the element symbols and the seed of random choices to entries. Ids that would
    give one name to two entries (``a b.cif`` and ``a_b.cif``, a row that is there twice) are followed by a number.
    """
    names: set[str] = set()
    for source in section.sources:
        for entry in READERS[source](getattr(section, source), section, system, seed):
            given, number = entry.origin, 1
            while entry.origin.name in names:
                number += 1
                entry = replace(entry, origin=given._replace(source_id=f"{given.source_id}~{number}"))
            names.add(entry.origin.name)
            yield entry
