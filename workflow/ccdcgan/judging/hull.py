"""Relaxed candidates against the hull of the database."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from ase import Atoms

from ccdcgan.config.hull import Hull
from ccdcgan.crystals.structures import space_group
from ccdcgan.database.hull import (
    References,
    check_scale,
    disagreements,
    energies_above_hull,
    formation_energies,
    phase_diagram,
    stability,
)

__all__ = ["COLUMNS", "judge_candidates"]

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
    "predicted_formation_energy",
    "volume_per_atom",
    "database_match",
    "candidate_match",
    "distinct",
    "nearest_known",
    "nearest_distance",
    "negative_formation_energy",
    "metastable",
    "stable",
]
"""Of judged candidates: energies in eV/atom, volume in angstrom^3/atom, ``x`` the fraction of the last element."""


def judge_candidates(
    candidates: Sequence[Atoms],
    relaxation: pd.DataFrame,
    matches: pd.DataFrame,
    database: pd.DataFrame,
    references: References,
    system: Sequence[str],
    thresholds: Hull,
) -> pd.DataFrame:
    """Judge relaxed candidates against the hull of the database.

    Parameters
    ----------
    candidates
        Relaxed structures; ``info`` holds ``id`` and ``predicted_formation_energy``.
    relaxation
        Rows of their relaxation.
    matches
        Of `ccdcgan.crystals.matching.match_candidates`.
    database
        The database's table, which alone spans the hull.
    references
        Of the elements.
    system
        Element symbols, in order.
    thresholds
        Section ``hull`` of the config.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row for each candidate, in their order.

    Raises
    ------
    ValueError
        If an energy is not on the scale of the elements'.
    """
    check_scale(relaxation, references.scale)
    names = [atoms.info["id"] for atoms in candidates]
    kept = ["formula", "n_atoms", "energy_per_atom", "second_energy_per_atom", "volume_per_atom"]
    table = relaxation.set_index("id").loc[names, kept]
    table["x"] = [(atoms.symbols == system[-1]).mean() for atoms in candidates]
    table["space_group"] = [space_group(atoms) for atoms in candidates]
    table["predicted_formation_energy"] = [atoms.info["predicted_formation_energy"] for atoms in candidates]
    formulas, energies = list(table["formula"]), list(table["energy_per_atom"])
    table["formation_energy"] = formation_energies(formulas, energies, references.energies)
    table["disagreement"] = disagreements(table, references)
    diagram = phase_diagram(list(database["formula"]), list(database["energy_per_atom"]), references.energies)
    table["energy_above_hull"] = energies_above_hull(diagram, formulas, energies)
    table = table.join(matches.set_index("id"))
    return table.join(stability(table, thresholds)).reset_index(names="id")[COLUMNS]
