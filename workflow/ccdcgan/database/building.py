"""The relaxed database: formation energies, hull, groups of equal structures and the split that respects them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd
from ase import Atoms
from pymatgen.core import Composition

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.matching import group
from ccdcgan.crystals.shortage import why
from ccdcgan.crystals.structures import space_group, to_pymatgen
from ccdcgan.database.hull import (
    References,
    check_scale,
    disagreements,
    energies_above_hull,
    formation_energies,
    phase_diagram,
)

__all__ = ["COLUMNS", "SUBSYSTEM", "build_database", "find_references", "split_groups"]

log = logging.getLogger(__name__)

COLUMNS = [
    "id",
    "formula",
    "x",
    "n_atoms",
    "space_group",
    "energy_per_atom",
    "formation_energy",
    "energy_above_hull",
    "disagreement",
    "volume_per_atom",
    "steps",
    "group",
    "split",
]
"""Of the database's table: energies in eV/atom, volume in angstrom^3/atom, ``x`` the fraction of the last element,
``split`` one of ``train``, ``held_out`` and ``subsystem`` (lacks an element, so spans the hull only)."""
SUBSYSTEM = "subsystem"
LEAST, FEW = 2, 20
"""Distinct crystals without which nothing can be held out, and under which a warning is due."""


def find_references(table: pd.DataFrame, system: Sequence[str]) -> References:
    """Pick each element's lowest structure.

    Parameters
    ----------
    table
        Table of the relaxation of the elemental prototypes.
    system
        Element symbols.

    Raises
    ------
    ValueError
        If no structure of an element was relaxed, or two are on different energy scales.
    """
    energies, ids, compared, second = {}, {}, {}, {}
    relaxed = table[table["status"] == "relaxed"]
    elements = relaxed["formula"].map(lambda formula: Composition(formula).chemical_system)
    for symbol in system:
        own = relaxed[elements == symbol].sort_values(["energy_per_atom", "id"])
        if own.empty:
            raise ValueError(f"element {symbol}: found no relaxed reference structure, expected at least one")
        energies[symbol] = float(own["energy_per_atom"].iloc[0])
        ids[symbol] = str(own["id"].iloc[0])
        compared[symbol] = len(own)
        second[symbol] = float(own["second_energy_per_atom"].min())
    scale = str(relaxed["scale"].iloc[0])
    check_scale(table, scale)
    return References(energies, ids, compared, scale, None if pd.isna(list(second.values())).any() else second)


def build_database(
    structures: Sequence[Atoms],
    relaxation: pd.DataFrame,
    references: References,
    system: Sequence[str],
    tolerances: Matching,
    held_out: float,
    seed: int,
) -> pd.DataFrame:
    """Table of the relaxed structures (columns `COLUMNS`).

    Parameters
    ----------
    structures
        Relaxed, with ids.
    relaxation
        Rows of their relaxation, in any order.
    references
        Of the elements.
    system
        Element symbols, in order.
    tolerances
        Of StructureMatcher, for the groups.
    held_out
        Fraction of structures to hold out from training.
    seed
        Of the split.

    Raises
    ------
    ValueError
        If an energy is not on the scale of the elements', or if fewer than two distinct crystals are left: how many
        were rejected for which reason, and which key of the config would change that.
    """
    check_scale(relaxation, references.scale)
    rows = relaxation.set_index("id").loc[[atoms.info["id"] for atoms in structures]].reset_index()
    crystals = [to_pymatgen(atoms) for atoms in structures]
    table = rows[["id", "formula", "n_atoms", "energy_per_atom", "second_energy_per_atom", "volume_per_atom"]].copy()
    table["steps"] = rows["steps"].astype(int)
    table["x"] = [crystal.composition.get_atomic_fraction(system[-1]) for crystal in crystals]
    table["space_group"] = [space_group(atoms) for atoms in structures]
    formulas, energies = list(table["formula"]), list(table["energy_per_atom"])
    table["formation_energy"] = formation_energies(formulas, energies, references.energies)
    table["disagreement"] = disagreements(table, references)
    diagram = phase_diagram(formulas, energies, references.energies)
    table["energy_above_hull"] = energies_above_hull(diagram, formulas, energies)
    table["group"] = [table["id"].iloc[first] for first in group(crystals, tolerances)]
    whole = pd.Series([len(crystal.composition) == len(system) for crystal in crystals], dtype=bool)
    _check_enough(table.loc[whole, "group"].nunique(), relaxation)
    if not (table["formation_energy"] < 0).any():
        log.warning(
            "no compound of %s lies below its elements: the hull holds the elements alone, and what is stable by it "
            "means little; more prototypes (key prototypes.sample) may hold the compound that is",
            "-".join(system),
        )
    table["split"] = SUBSYSTEM
    table.loc[whole, "split"] = split_groups(list(table.loc[whole, "group"]), held_out, seed)
    return table[COLUMNS]


def _check_enough(distinct: int, relaxation: pd.DataFrame) -> None:
    """Say what became of the prototypes if too few are left to learn from."""
    rejected = relaxation.loc[relaxation["status"] == "rejected", "reason"]
    fate = (
        f"{len(relaxation)} prototypes gave {len(relaxation) - len(rejected)} relaxed crystals, {distinct} of them "
        f"distinct. {why('relaxation', list(rejected))}"
    )
    if distinct < LEAST:
        raise ValueError(f"database: {fate} Expected at least {LEAST} distinct crystals.")
    if distinct < FEW:
        log.warning("few crystals to learn from: %s More: key prototypes.sample.", fate)


def split_groups(groups: Sequence[str], held_out: float, seed: int) -> list[str]:
    """Split so that equal structures stay together: whole groups are held out until the fraction is reached.

    The paper's code draws its 90/10 split with replacement and ignores near-duplicates, which then stand on both
    sides.

    Parameters
    ----------
    groups
        Group of each structure.
    held_out
        Fraction of structures to hold out; at least one group is, and at least one is not.
    seed
        Of the order of the groups.

    Returns
    -------
    list of str
        ``"train"`` or ``"held_out"`` for each structure.

    Raises
    ------
    ValueError
        If there are fewer than two groups.
    """
    sizes = pd.Series(list(groups)).value_counts(sort=False)
    if len(sizes) < 2:
        raise ValueError(f"database: found {len(sizes)} distinct structures, expected at least 2 to split")
    order = np.random.default_rng(seed).permutation(len(sizes))
    target = held_out * len(groups)
    chosen: set[str] = set()
    count = 0
    for index in order[:-1]:
        size = int(sizes.iloc[index])
        # A group goes in if that brings the count nearer to the target; the first small enough one always does.
        if not chosen or abs(count + size - target) < abs(count - target):
            chosen.add(str(sizes.index[index]))
            count += size
    return ["held_out" if name in chosen else "train" for name in groups]
