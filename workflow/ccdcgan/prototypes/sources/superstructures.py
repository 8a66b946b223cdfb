"""Ordered superstructures of the elemental AFLOW prototypes: every way to colour their sites, up to a number of atoms.

The package icet enumerates the supercells and colourings that no symmetry of the parent maps onto each other [1]_.

References
----------
.. [1] G. L. W. Hart and R. W. Forcade, "Generating derivative structures from multilattices", Phys. Rev. B 80, 014120
   (2009).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

import numpy as np
from ase import Atoms

from ccdcgan.config.prototypes import Prototypes, Superstructures
from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.sources import aflow

__all__ = ["read", "superstructures"]

log = logging.getLogger(__name__)


def read(settings: Superstructures, limits: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """Give the ordered superstructures of the small elemental prototypes.

    Parameters
    ----------
    settings
        Section ``prototypes.superstructures`` of the config.
    limits
        Section ``prototypes``: no larger superstructure is built.
    system
        Element symbols; as many species are ordered.
    seed
        Of nothing here.

    Yields
    ------
    Entry
        Named by the prototype's label, the number of atoms and a running number; those of prototypes with fewer
        parameters rank first.

    Raises
    ------
    ValueError
        If icet, an optional dependency, is not installed.
    """
    if find_spec("icet") is None:
        raise ValueError(
            "prototypes.sources: found superstructures, expected icet to be installed (the extra superstructures of "
            "pyproject.toml; a C++ compiler builds it)"
        )
    max_atoms = min(settings.max_atoms, limits.max_atoms)
    for prototype in aflow.read_prototypes():
        if prototype.n_species > 1 or prototype.n_atoms > min(settings.max_prototype_atoms, max_atoms):
            continue
        start, count = time.monotonic(), 0
        origin = Origin(
            "superstructures",
            prototype.label,
            aflow.LICENCE,
            aflow.CITATION,
            title=f"ordered on {prototype.title}",
        )
        try:
            parent = aflow.build(prototype)
        except Rejected as error:
            yield Entry(origin, error)
            continue
        for count, cell in enumerate(superstructures(parent, len(system), max_atoms), start=1):
            name = f"{prototype.label}.{len(cell.species)}.{count}"
            yield Entry(origin._replace(source_id=name), cell, rank=(len(prototype.parameters), prototype.part, count))
        log.info("%s: %d superstructures, %.1f s", prototype.label, count, time.monotonic() - start)


def superstructures(parent: Cell, n_species: int, max_atoms: int) -> Iterator[Cell]:
    """Colour the sites of all supercells of a crystal with all of some species, each distinct result once.

    Results differ by more than a symmetry of the parent. Of those that differ by an exchange of species only the one
    with the more A than B, B than C and so on is given (where species are equally many, others may be given as well).

    Parameters
    ----------
    parent
        Primitive cell; its own species do not matter.
    n_species
        Number of species, all of which occur.
    max_atoms
        Of the largest supercell.

    Yields
    ------
    Cell
        Primitive, Niggli-reduced, by rising number of atoms.
    """
    # Here, for it takes 3 s and is an optional dependency.
    from icet.tools.structure_enumeration import enumerate_structures

    colours = list(range(1, n_species + 1))  # atomic numbers stand for species
    sites = Atoms(np.ones_like(parent.species), cell=parent.lattice, scaled_positions=parent.positions, pbc=True)
    sizes = range(1, max_atoms // len(sites) + 1)
    symbols = list(Atoms(colours).symbols)
    for atoms in enumerate_structures(sites, sizes, symbols, symprec=aflow.TOLERANCE):
        counts = np.bincount(atoms.numbers, minlength=n_species + 1)[1:]
        if counts[-1] and (np.diff(counts) <= 0).all():
            yield Cell(atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers - 1)
