"""What a user came for: one table of the distinct candidates of all models, most stable first, and their CIF files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from ase import Atoms
from pymatgen.io.cif import CifWriter

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.matching import group
from ccdcgan.crystals.structures import SYMPREC, to_pymatgen

__all__ = ["COLUMNS", "collect_candidates", "write_cifs"]

COLUMNS = [
    "id",
    "models",
    "formula",
    "space_group",
    "formation_energy",
    "energy_above_hull",
    "disagreement",
    "predicted_formation_energy",
    "metastable",
    "stable",
    "nearest_known",
    "nearest_distance",
    "n_atoms",
    "volume_per_atom",
    "energy_per_atom",
    "cif",
]
"""Of ``candidates.csv``: energies in eV/atom, volume in angstrom^3/atom, ``cif`` relative to the run's folder."""


def collect_candidates(
    judged: Mapping[str, pd.DataFrame], structures: Sequence[Atoms], tolerances: Matching, best: int
) -> pd.DataFrame:
    """Gather the distinct candidates of all models; one that several models found is one row.

    Parameters
    ----------
    judged
        Model -> table of the hull stage.
    structures
        All relaxed candidates, with ids.
    tolerances
        Of StructureMatcher.
    best
        How many of the lowest energies above hull get a CIF file.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, sorted by energy above hull.
    """
    tables = [table[table["distinct"].astype(bool)].assign(models=model) for model, table in judged.items()]
    every = pd.concat(tables, ignore_index=True).sort_values(["energy_above_hull", "id", "models"], ignore_index=True)
    by_id = {atoms.info["id"]: atoms for atoms in structures}
    first = group([to_pymatgen(by_id[name]) for name in every["id"]], tolerances)
    found_by = every.groupby(first)["models"].agg(lambda models: " ".join(dict.fromkeys(models)))
    table = every.loc[found_by.index].assign(models=found_by).reset_index(drop=True)
    table["cif"] = [f"cif/{name}.cif" if rank < best else None for rank, name in enumerate(table["id"])]
    return table[COLUMNS]


def write_cifs(table: pd.DataFrame, structures: Sequence[Atoms], folder: Path) -> None:
    """Write the CIF files that a table of candidates names, refined to their symmetry.

    Parameters
    ----------
    table
        Of `collect_candidates`.
    structures
        All relaxed candidates, with ids.
    folder
        The run's folder; its subfolder ``cif`` is made even if there is nothing to write.
    """
    (folder / "cif").mkdir(parents=True, exist_ok=True)
    by_id = {atoms.info["id"]: atoms for atoms in structures}
    chosen = table.dropna(subset="cif")
    for name, path in zip(chosen["id"], chosen["cif"], strict=True):
        CifWriter(to_pymatgen(by_id[name]), symprec=SYMPREC).write_file(folder / path)
