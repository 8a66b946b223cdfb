"""Random crystals: a random composition, a random space group, and pyxtal's random lattice and Wyckoff positions [1]_.

References
----------
.. [1] S. Fredericks et al., "PyXtal: A Python library for crystal structure generation and symmetry analysis",
   Comput. Phys. Commun. 261, 107810 (2021).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import spglib
from ase.data import atomic_numbers, covalent_radii
from pyxtal.crystal import random_crystal
from pyxtal.msg import VolumeError
from pyxtal.symmetry import Group
from pyxtal.tolerance import Tol_matrix

from ccdcgan.config.prototypes import Prototypes, Random
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.sources import aflow

__all__ = ["draw", "read"]

CITATION = "10.1016/j.cpc.2020.107810"
"""Of pyxtal."""


def read(settings: Random, limits: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """Draw random crystals of the system's own elements.

    Parameters
    ----------
    settings
        Section ``prototypes.random`` of the config.
    limits
        Section ``prototypes``: the largest cell and the shortest contact.
    system
        Element symbols.
    seed
        Of the crystals, each of which has a seed of its own: a larger count begins with the crystals of a smaller one.

    Yields
    ------
    Entry
        One for each crystal asked for, named by the seed and its number.
    """
    for number in range(settings.count):
        origin = Origin("random", f"{seed}-{number}", "", CITATION)
        cell: Cell | Rejected
        try:
            cell = draw(settings, limits, system, np.random.SeedSequence(seed, spawn_key=(number,)))
        except Rejected as error:
            cell = error
        yield Entry(origin, cell, tuple(system), rank=(number,))


def draw(settings: Random, limits: Prototypes, system: Sequence[str], seed: np.random.SeedSequence) -> Cell:
    """Draw one random crystal.

    The composition is drawn uniformly from those of at most ``limits.max_atoms`` atoms that hold all elements, the
    space group from those whose Wyckoff positions can hold it. Two atoms come no nearer than ``limits.min_contact``
    times the sum of their covalent radii (for Bi-Se and 0.85: 2.52, 2.28 and 2.04 angstrom).

    Parameters
    ----------
    settings
        Volume, and when to give up.
    limits
        The largest cell and the shortest contact.
    system
        Element symbols.
    seed
        The same seed gives the same crystal.

    Returns
    -------
    Cell
        Primitive; its species are numbered as ``system`` lists the elements.

    Raises
    ------
    Rejected
        ``unbuildable`` if the atoms find no places, ``time_limit`` if that takes too long.
    """
    generator = np.random.default_rng(seed)
    composition = _composition(len(system), limits.max_atoms, generator)
    group = generator.choice(_compatible(composition))
    formula = "".join(f"{symbol}{count}" for symbol, count in zip(system, composition, strict=True))
    name = f"{formula} in space group {group}"
    try:
        crystal = _Crystal(
            settings,
            group=_group(int(group)),
            species=list(system),
            numIons=list(composition),
            factor=settings.volume_factor,
            conventional=False,
            tm=_tolerances(tuple(system), limits.min_contact),
            random_state=generator,
        )
    except Rejected as error:
        raise Rejected(error.reason, f"{name}: {error.detail}") from None
    except (RuntimeError, ValueError, VolumeError) as error:  # pyxtal finds no lattice
        raise Rejected(Reason.UNBUILDABLE, f"{name}: {error}") from error
    if not crystal.valid:
        raise Rejected(Reason.UNBUILDABLE, f"{name}: no places for all atoms")
    primitive = spglib.find_primitive(_cell(crystal, system), symprec=aflow.TOLERANCE)
    if primitive is None:
        raise Rejected(Reason.UNREADABLE, f"{name}: spglib finds no primitive cell")
    return Cell(*primitive)


class _Crystal(random_crystal):
    """A crystal of pyxtal, which draws it at once, that gives up after so many lattices or so much time."""

    def __init__(self, settings: Random, **arguments: Any) -> None:
        self._settings, self._lattices, self._start = settings, 0, time.thread_time()
        super().__init__(**arguments)

    def set_lattice(self, lattice: Any) -> None:
        """Called for each lattice; the same number on any machine, so that the same crystals come out."""
        if self._lattices == self._settings.lattices:
            raise Rejected(Reason.UNBUILDABLE, f"no places for all atoms in {self._lattices} lattices")
        self._lattices += 1
        super().set_lattice(lattice)

    def check_wp(self, *arguments: Any) -> bool:
        """Called for each Wyckoff position tried, so that an attempt ends within milliseconds of its limit."""
        if time.thread_time() - self._start > self._settings.time_limit:
            raise Rejected(Reason.TIME_LIMIT, f"over {self._settings.time_limit:g} s of CPU time")
        return bool(super().check_wp(*arguments))


def _cell(crystal: _Crystal, system: Sequence[str]) -> Cell:
    """The cell that pyxtal has drawn, with species numbered as ``system`` lists the elements."""
    sites = crystal.atom_sites
    return Cell(
        crystal.lattice.matrix,
        np.concatenate([site.coords for site in sites]),
        np.repeat([system.index(site.specie) for site in sites], [len(site.coords) for site in sites]),
    )


def _composition(n_elements: int, max_atoms: int, generator: np.random.Generator) -> tuple[int, ...]:
    """Numbers of atoms of every element, at least one of each; all choices are equally likely."""
    if max_atoms < n_elements:
        raise Rejected(Reason.TOO_MANY_ATOMS, f"{n_elements} elements, at most {max_atoms} atoms allowed")
    # Sums of the first one, two, ... numbers: any different ones up to the largest sum.
    sums = np.sort(generator.choice(max_atoms, n_elements, replace=False) + 1)
    return tuple(np.diff(sums, prepend=0).tolist())


@cache
def _group(number: int) -> Group:
    return Group(number)


@cache
def _compatible(composition: tuple[int, ...]) -> list[int]:
    """Space groups whose Wyckoff positions can hold these numbers of atoms in the primitive cell."""
    groups = map(_group, range(1, 231))
    return [each.number for each in groups if each.check_compatible(np.array(composition) * each.cellsize())[0]]


@cache
def _tolerances(system: tuple[str, ...], min_contact: float) -> Tol_matrix:
    """Shortest distance of every pair of elements, in angstrom."""
    radii = {symbol: float(covalent_radii[atomic_numbers[symbol]]) for symbol in system}
    pairs = combinations_with_replacement(system, 2)
    return Tol_matrix(*((a, b, min_contact * (radii[a] + radii[b])) for a, b in pairs))
