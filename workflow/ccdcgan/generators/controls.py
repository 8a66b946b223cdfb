"""Controls: ways to new crystals that any generator must beat at the same number of relaxations.

Two of them make crystals here; the others, the latents, make crystal graphs
(`ccdcgan.generators.generation.noisy_graphs`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from ase import Atoms
from pymatgen.core import Structure

from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import Reason, Rejected, from_pymatgen
from ccdcgan.prototypes.entry import Cell
from ccdcgan.prototypes.filling import longest_edge
from ccdcgan.prototypes.sources.random_crystals import draw

__all__ = ["left_over", "random_crystals"]

ATTEMPTS = 20
"""Random crystals drawn for one place before it stays empty."""


def random_crystals(
    limits: Prototypes, system: Sequence[str], *, start: int, count: int, seed: int
) -> tuple[list[Atoms], list[tuple[str, Rejected]]]:
    """Draw symmetric random crystals number ``start`` to ``start + count - 1``, each the same whatever the batches.

    Parameters
    ----------
    limits
        Section ``prototypes``, with the settings of source random.
    system
        Element symbols.
    start, count
        Numbers of the crystals.
    seed
        Of the draws.

    Returns
    -------
    list of Atoms
        Niggli cells within the bound of their edges, with ids such as ``random-000012``; one for each number, unless
        `ATTEMPTS` draws failed.
    list of tuple
        Id and reason of each draw that failed, such as ``random-000012.1`` for the first one.

    Raises
    ------
    ValueError
        If there are no settings of source random.
    """
    settings = limits.random
    if settings is None:
        raise ValueError("prototypes.random: found nothing, expected the settings of control random")
    max_length = longest_edge(limits.max_length, system)
    crystals, rejects = [], []
    for number in range(start, start + count):
        name = f"random-{number:06d}"
        for attempt in range(ATTEMPTS):
            stream = np.random.SeedSequence(seed, spawn_key=(*b"control", number, attempt))
            try:
                cell = _reduced(draw(settings, limits, system, stream), system, max_length)
            except Rejected as error:
                rejects.append((f"{name}.{attempt + 1}", error))
                continue
            crystals.append(_crystal(cell, name))
            break
    return crystals, rejects


def _reduced(cell: Cell, system: Sequence[str], max_length: float) -> Structure:
    """Niggli cell, no longer than those of the database."""
    structure = Structure(cell.lattice, [system[kind] for kind in cell.species], cell.positions)
    reduced = structure.get_reduced_structure()
    if max(reduced.lattice.abc) >= max_length:
        raise Rejected(
            Reason.TOO_LONG,
            f"longest edge is {max(reduced.lattice.abc):.2f} angstrom, less than {max_length:g} allowed",
        )
    return reduced


def left_over(cells: Sequence[Atoms], taken: Collection[str]) -> list[Atoms]:
    """Prototype cells that a database was not relaxed from, in their order.

    Parameters
    ----------
    cells
        All distinct cells, with ids.
    taken
        Ids of those that the database was relaxed from.

    Raises
    ------
    ValueError
        If nothing is left.
    """
    left = [atoms for atoms in cells if atoms.info["id"] not in taken]
    if not left:
        raise ValueError(
            f"controls.names: found substitution, but the database was relaxed from all {len(cells)} prototype cells; "
            "expected controls.sources to name other sources, or the control left out"
        )
    return [_crystal(atoms, atoms.info["id"]) for atoms in left]


def _crystal(structure: Structure | Atoms, name: str) -> Atoms:
    """A crystal like a decoded one, but without a prediction."""
    atoms = structure.copy() if isinstance(structure, Atoms) else from_pymatgen(structure, name)
    atoms.info = {"id": name, "predicted_formation_energy": np.nan}
    return atoms
