"""Is a relaxed structure a crystal? Potentials converge to nonsense without an error, so every result is looked at."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.crystals.volumes import expected_volume
from ccdcgan.relaxation.engine import Relaxed

__all__ = ["check", "shortest_distance"]

CONTACT_FRACTION = 0.6
"""Of the sum of covalent radii: the shortest distance allowed where the config gives none. Real ones begin at 0.68
(1.77 angstrom in uranyl, 2.60 in alpha-neptunium)."""
VOLUME_FRACTIONS = (0.4, 2.5)
"""Of what the atoms take in compounds: the window of the volume per atom where the config gives none."""
MOLECULAR = 3.0
"""The same upper end for an element: molecules that PBE binds too weakly need room."""


def shortest_distance(atoms: Atoms) -> float:
    """Shortest distance between two atoms, periodic images included, in angstrom."""
    cutoff = 4.0
    while True:
        distances = neighbor_list("d", atoms, cutoff)
        if len(distances):
            return float(distances.min())
        cutoff *= 1.5


def check(relaxed: Relaxed, settings: Relaxation) -> None:
    """Accept a relaxed structure, or say what is wrong with it.

    The config's bounds are those of compounds. An element is held to bounds that follow from itself, so that none of
    them turns its reference down.

    Raises
    ------
    Rejected
        NOT_FINITE, POSITIVE_ENERGY, VOLUME or TOO_CLOSE, with the value found and the bound.
    """
    atoms = relaxed.atoms
    numbers = [relaxed.energy, relaxed.fmax, *atoms.positions.ravel(), *atoms.cell.array.ravel()]
    if not np.isfinite(numbers).all():
        raise Rejected(Reason.NOT_FINITE, "energy, force or coordinate after relaxation")
    if relaxed.energy > 0:
        raise Rejected(Reason.POSITIVE_ENERGY, f"{relaxed.energy / len(atoms):.3f} eV/atom")

    elemental = len(set(atoms.symbols)) == 1
    own = expected_volume(atoms.symbols) / len(atoms)
    window = (VOLUME_FRACTIONS[0] * own, (MOLECULAR if elemental else VOLUME_FRACTIONS[1]) * own)
    low, high = window if elemental or settings.volume_per_atom is None else settings.volume_per_atom
    volume = atoms.get_volume() / len(atoms)
    if not low <= volume <= high:
        raise Rejected(Reason.VOLUME, f"{volume:.2f} angstrom^3/atom, allowed {low:.2f} to {high:.2f}")

    first, second, distances = neighbor_list("ijd", atoms, cutoff=4.0)
    if elemental or settings.min_distance is None:
        radii = covalent_radii[atoms.numbers]
        bounds = CONTACT_FRACTION * (radii[first] + radii[second])
    else:
        bounds = np.full(len(distances), settings.min_distance)
    if (distances < bounds).any():
        worst = int(np.argmin(distances - bounds))
        raise Rejected(
            Reason.TOO_CLOSE,
            f"{atoms.symbols[first[worst]]}-{atoms.symbols[second[worst]]} {distances[worst]:.3f} angstrom, "
            f"allowed from {bounds[worst]:.3f}",
        )
