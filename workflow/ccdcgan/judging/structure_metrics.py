"""One row for each structure that a model, a control or anybody made: valid, unique, novel, stable, and how near."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms
from dscribe.descriptors import SOAP
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from smact.screening import smact_validity

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import Reason, to_pymatgen
from ccdcgan.judging.model_metrics import Coverage
from ccdcgan.relaxation.checks import shortest_distance

__all__ = ["COLUMNS", "cover", "is_valid", "structure_table"]

log = logging.getLogger(__name__)

COLUMNS = [
    "id",
    "formula",
    "n_atoms",
    "status",
    "reason",
    "detail",
    "valid",
    "shortest_distance",
    "volume_per_atom",
    "smact",
    "unique",
    "novel",
    "database_match",
    "candidate_match",
    "nearest_known",
    "nearest_distance",
    "covered",
    "space_group",
    "formation_energy",
    "energy_above_hull",
    "negative_formation_energy",
    "metastable",
    "stable",
    "rms_to_relaxed",
]
"""Of the table of structures: ``status`` is not_decoded, screened, not_relaxed, relaxed, or as_given where no
relaxation was asked for; then `AS_GENERATED`, all others of the relaxed structure. Energies in eV/atom;
``rms_to_relaxed`` as a fraction of (V/n)^(1/3), missing where StructureMatcher finds the two different."""
AS_GENERATED = ["id", "formula", "n_atoms", "valid", "shortest_distance", "volume_per_atom", "smact"]
"""Columns that are of the structure as generated: distance in angstrom, volume in angstrom^3/atom."""
MIN_DISTANCE = 0.5
"""A valid structure's shortest distance is larger, in angstrom (Xie et al., CDVAE, ICLR 2022)."""
MIN_VOLUME = 0.1
"""A valid structure's cell is larger, in angstrom^3 (from the code of the same work)."""
NEIGHBOUR = 5
"""A neighbourhood reaches to the neighbour of this number (Naeem et al., ICML 2020)."""
SOAP_SETTINGS = {"r_cut": 6.0, "n_max": 6, "l_max": 4, "sigma": 0.5}
"""Of the descriptor: lengths in angstrom."""


def structure_table(
    structures: Sequence[Atoms],
    not_decoded: pd.DataFrame,
    screened: Collection[str],
    relaxation: pd.DataFrame | None,
    relaxed: Sequence[Atoms],
    judged: pd.DataFrame,
    covered: Sequence[bool],
    tolerances: Matching,
) -> pd.DataFrame:
    """One row for each structure that was asked for, whatever became of it.

    Parameters
    ----------
    structures
        Crystals as generated, with ids.
    not_decoded
        What gave no crystal (columns ``id, reason, detail``).
    screened
        Ids of crystals that were not to be relaxed.
    relaxation
        Rows of the relaxation; None if none was asked for.
    relaxed
        Relaxed crystals, or the valid ones of those given if no relaxation was asked for.
    judged
        Of the hull stage, or of matching if there are no energies.
    covered
        For each relaxed crystal whether it lies in a neighbourhood of the database (`cover`).
    tolerances
        Of StructureMatcher.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row for each id of the first two arguments.
    """
    table = pd.DataFrame([_as_generated(atoms) for atoms in structures], columns=AS_GENERATED).set_index("id")
    if relaxation is None:
        table["status"] = "as_given"
    else:
        outcome = relaxation.set_index("id")[["status", "reason", "detail"]].astype(object)
        outcome["status"] = outcome["status"].replace({"rejected": "not_relaxed"})
        outcome.loc[list(screened)] = ["screened", str(Reason.SCREENED), None]
        table = table.join(outcome)
    found = judged.set_index("id")
    found = found.assign(unique=found["candidate_match"] == found.index, novel=found["database_match"].isna())
    names = [atoms.info["id"] for atoms in relaxed]
    found["covered"] = pd.Series(list(covered), index=names, dtype=object)
    generated = {atoms.info["id"]: atoms for atoms in structures}
    if relaxation is not None:
        rms = [_displacement(generated[name], atoms, tolerances) for name, atoms in zip(names, relaxed, strict=True)]
        found["rms_to_relaxed"] = pd.Series(rms, index=names, dtype=float)
    table = table.join(found[[name for name in COLUMNS if name in found and name not in table]])
    rejected = not_decoded.assign(status="not_decoded", valid=False)
    every = pd.concat([table.reset_index(names="id").astype(object), rejected.astype(object)], ignore_index=True)
    return every.reindex(columns=COLUMNS)


def is_valid(distance: float, volume: float) -> bool:
    """Whether a shortest distance (angstrom) and the volume of a cell (angstrom^3) are those of a crystal at all."""
    return distance > MIN_DISTANCE and volume > MIN_VOLUME


def _as_generated(atoms: Atoms) -> dict[str, Any]:
    distance, volume = shortest_distance(atoms), atoms.get_volume()
    return {
        "id": atoms.info["id"],
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
        "valid": is_valid(distance, volume),
        "shortest_distance": distance,
        "volume_per_atom": volume / len(atoms),
        "smact": bool(smact_validity(atoms.get_chemical_formula(mode="reduce"))),
    }


def _displacement(generated: Atoms, relaxed: Atoms, tolerances: Matching) -> float:
    """Root mean square displacement between two settings of one cell; NaN where they are different crystals."""
    fit = matcher(tolerances, primitive_cell=False)
    try:
        distances = fit.get_rms_dist(to_pymatgen(generated), to_pymatgen(relaxed))
    except Exception as error:  # pymatgen raises whatever it stumbles over in a broken cell
        log.warning("%s: found no displacement (%r)", generated.info["id"], error)
        return np.nan
    return np.nan if distances is None else float(distances[0])


def cover(structures: Sequence[Atoms], database: Sequence[Atoms], system: Sequence[str]) -> tuple[list[bool], Coverage]:
    """Which structures lie in a neighbourhood of the database, and how much of the database has one near it.

    The neighbourhood of a structure of the database reaches to its `NEIGHBOUR`-th neighbour in the database (all others
    if they are fewer), by the distance of averaged SOAP vectors (dscribe) of length one.

    Parameters
    ----------
    structures, database
        Crystals of the system's elements.
    system
        Element symbols.

    Returns
    -------
    list of bool
        For each structure, whether it lies in any neighbourhood.
    Coverage
        Structures of the database whose neighbourhood holds any structure.
    """
    if not len(structures) or len(database) < 2:
        return [False] * len(structures), Coverage(frozenset(), len(database))
    known, others = _descriptors(database, system), _descriptors(structures, system)
    count = min(NEIGHBOUR, len(known) - 1)
    # Asked without points of its own, so that none is its own neighbour.
    radii = NearestNeighbors(n_neighbors=count).fit(known).kneighbors()[0][:, -1]
    near = np.zeros(len(known), dtype=bool)
    inside = []
    for vector in others:
        hits = np.linalg.norm(known - vector, axis=1) <= radii
        near |= hits
        inside.append(bool(hits.any()))
    ids = frozenset(atoms.info["id"] for atoms, covered in zip(database, near, strict=True) if covered)
    return inside, Coverage(ids, len(database))


def _descriptors(structures: Sequence[Atoms], system: Sequence[str]) -> NDArray[np.float64]:
    soap = SOAP(species=list(system), periodic=True, average="outer", **SOAP_SETTINGS)
    vectors = np.atleast_2d(soap.create(list(structures)))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
