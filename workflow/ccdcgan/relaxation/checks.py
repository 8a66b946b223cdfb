"""Is a relaxed structure a crystal? Potentials converge to nonsense without an error, so every result is looked at."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from ccdcgan.config import Relaxation
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.structures import Reason, Rejected, atomic_volume

__all__ = ["check", "shortest_distance"]

CONTACT_FRACTION = 0.75
"""Of the sum of covalent radii: the shortest distance allowed where the config gives none."""
VOLUME_FRACTIONS = (0.5, 2.0)
"""Of the elements' own volumes: the window of the volume per atom where the config gives none."""


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

    own = sum(atomic_volume(symbol) for symbol in atoms.symbols) / len(atoms)
    low, high = settings.volume_per_atom or (VOLUME_FRACTIONS[0] * own, VOLUME_FRACTIONS[1] * own)
    volume = atoms.get_volume() / len(atoms)
    if not low <= volume <= high:
        raise Rejected(Reason.VOLUME, f"{volume:.2f} angstrom^3/atom, allowed {low:.2f} to {high:.2f}")

    first, second, distances = neighbor_list("ijd", atoms, cutoff=4.0)
    if settings.min_distance is not None:
        bounds = np.full(len(distances), settings.min_distance)
    else:
        radii = covalent_radii[atoms.numbers]
        bounds = CONTACT_FRACTION * (radii[first] + radii[second])
    if (distances < bounds).any():
        worst = int(np.argmin(distances - bounds))
        raise Rejected(
            Reason.TOO_CLOSE,
            f"{atoms.symbols[first[worst]]}-{atoms.symbols[second[worst]]} {distances[worst]:.3f} angstrom, "
            f"allowed from {bounds[worst]:.3f}",
        )
