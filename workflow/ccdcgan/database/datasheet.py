"""The datasheet of a ready-made database: its counts and distributions, its hull, and the known phases in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ccdcgan.config.configuration import Config
from ccdcgan.config.hull import Hull
from ccdcgan.config.project import RESOURCES
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.database.hull import References, stability
from ccdcgan.database.known_phases import KnownPhases, find_known_phases, read_known_phases
from ccdcgan.runs.markdown import as_table

__all__ = ["datasheet"]

KNOWN_COLUMNS = ["id", "n_atoms", "formation_energy", "energy_above_hull", "database_match"]
QUANTILES = {0: "smallest", 0.05: "5 %", 0.25: "25 %", 0.5: "median", 0.75: "75 %", 0.95: "95 %", 1: "largest"}
ON_HULL = 1e-6
"""Energy above the hull, in eV/atom, below which a structure is a corner of it."""


def datasheet(results: Path, config: Config, versions: Mapping[str, str]) -> str:
    """Describe the database of a run, as Markdown.

    Parameters
    ----------
    results
        Folder of the run, whose database is made and whose known phases are relaxed.
    config
        Of the run.
    versions
        Of the packages that made it.
    """
    prototypes = read_table(results / "prototypes/table.csv")
    not_sampled = read_table(results / "prototypes/rejected.csv")
    batches = [read_table(path) for path in results.glob("relaxation/*.csv") if path.stem != "references"]
    relaxation = pd.concat(batches)
    database = read_table(results / "database/table.csv")
    references = References(**json.loads((results / "database/references.json").read_text()))
    corners = database[database["energy_above_hull"] < ON_HULL].sort_values("x")
    not_relaxed = relaxation.loc[relaxation["status"] == "rejected", "reason"]
    reasons = pd.concat([_reasons("prototypes", not_sampled["reason"]), _reasons("relaxation", not_relaxed)])
    return "\n\n".join(
        [
            "### Counts",
            as_table(_counts(len(prototypes), len(not_sampled), database, config.hull)),
            "### Sources",
            as_table(prototypes.groupby(["source", "licence"]).size().reset_index(name="cells")),
            "### Rejected, by stage and reason",
            as_table(reasons),
            "### Distributions",
            "Energies and the disagreement of the two potentials in eV/atom, volume in angstrom^3/atom.",
            as_table(_distributions(database)),
            "### The hull",
            f"Energies of the elements, eV/atom: {_elements(references)}. Energy scale: {references.scale}.",
            as_table(corners[["formula", "space_group", "formation_energy", "id"]]),
            "### The known phases",
            "Relaxed by the same engine; the energy above the hull is that of this database, negative below it.",
            as_table(_known_phases(results, database, references, config)),
            "### Versions",
            ", ".join(f"{name} {number}" for name, number in versions.items()),
        ]
    )


def _counts(sampled: int, not_sampled: int, database: pd.DataFrame, thresholds: Hull) -> pd.DataFrame:
    """How many structures each stage left."""
    bound = stability(database, thresholds)
    return pd.DataFrame(
        [
            ("candidates enumerated", sampled + not_sampled),
            ("distinct cells within the bounds", sampled),
            ("relaxed", len(database)),
            ("distinct after relaxation", database["group"].nunique()),
            ("formation energy below zero", int(bound["negative_formation_energy"].sum())),
            (f"meta-stable (within {1000 * thresholds.metastable:.0f} meV/atom)", int(bound["metastable"].sum())),
            (f"stable (within {1000 * thresholds.stable:.0f} meV/atom)", int(bound["stable"].sum())),
        ],
        columns=["", "structures"],
    )


def _reasons(stage: str, reasons: pd.Series) -> pd.DataFrame:
    """How many structures a stage rejected for which reason."""
    counts = reasons.value_counts().rename_axis("reason").reset_index(name="structures")
    counts.insert(0, "stage", stage)
    return counts


def _distributions(database: pd.DataFrame) -> pd.DataFrame:
    """Quantiles of energies and volumes."""
    columns = ("formation_energy", "energy_above_hull", "volume_per_atom", "disagreement")
    quantiles = {name: np.quantile(database[name].dropna(), list(QUANTILES)) for name in columns}
    return pd.DataFrame({"quantile": list(QUANTILES.values()), **quantiles})


def _elements(references: References) -> str:
    """Energy of each element, and the structure that it is of."""
    return ", ".join(
        f"{symbol} {energy:.4f} ({references.ids[symbol]}, the lowest of {references.compared[symbol]})"
        for symbol, energy in references.energies.items()
    )


def _known_phases(results: Path, database: pd.DataFrame, references: References, config: Config) -> pd.DataFrame:
    """The known phases of the system and where they lie in the database; empty where none are known here."""
    path = RESOURCES / "known_phases" / f"{'-'.join(sorted(config.system))}.json"
    table = find_known_phases(
        read_known_phases(path, config.prototypes.volume_scale) if path.exists() else KnownPhases([], {}),
        read_structures(results / "known_phases/structures.extxyz"),
        read_table(results / "known_phases/relaxation.csv"),
        read_structures(results / "database/structures.extxyz"),
        database,
        {},
        references,
        config.system,
        config.matching,
    )
    return table.astype({"n_atoms": "Int64"})[KNOWN_COLUMNS]
