"""How well crystals survive the way through both autoencoders: errors of each one, why it failed, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from ase.cell import Cell
from numpy.typing import NDArray
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Structure
from scipy.stats import binomtest

from ccdcgan.crystals.structures import Rejected

__all__ = ["RECONSTRUCTION_COLUMNS", "Failure", "judge", "lattice_errors", "rejected", "summarize"]

RECONSTRUCTION_COLUMNS = [
    "id",
    "split",
    "n_atoms",
    "volume",
    "matched",
    "rms",
    "rms_angstrom",
    "length_error",
    "angle_error",
    "atoms",
    "atoms_found",
    "failure",
    "reason",
    "detail",
]
"""``n_atoms`` and ``volume`` (angstrom^3) are the original's. ``rms`` is the root mean square displacement of the
matched sites in units of (V/n)^(1/3), as pymatgen gives it, ``rms_angstrom`` the same in angstrom. ``length_error``
(percent) and ``angle_error`` (degrees) are the largest of the decoded cell. ``atoms`` and ``atoms_found`` are the
numbers of atoms of each element. ``failure`` is one of `Failure`, empty for a match; ``reason`` is that of a reject or
``different``."""

CONFIDENCE = 0.95
"""Of the interval of a fraction."""


class Failure(StrEnum):
    """Why a crystal did not come back; the first that applies."""

    REJECTED = "rejected"
    """There is no crystal to compare: it did not fit the voxels, or decoding rejected it."""
    ATOM_COUNT = "atom_count"
    """An element has another number of atoms."""
    LATTICE = "lattice"
    """The numbers of atoms are right, and the same sites voxels in the true lattice match."""
    POSITIONS = "positions"
    """The numbers of atoms are right, and the true lattice does not help."""


def judge(
    original: Structure,
    cell: NDArray[np.float64],
    outcome: Structure | Rejected,
    in_true_lattice: Callable[[], Structure | Rejected],
    matcher: StructureMatcher,
) -> dict[str, Any]:
    """Compare a crystal with what came back of it.

    Parameters
    ----------
    original
        The crystal.
    cell : ndarray, shape (3, 3)
        The cell that its lattice voxel was drawn from, as rows, in angstrom.
    outcome
        Decoded from both voxels.
    in_true_lattice
        Decodes the sites voxels with ``cell`` in place of the lattice voxel; called only if needed.
    matcher
        Decides what matches.

    Returns
    -------
    dict
        Of `RECONSTRUCTION_COLUMNS`, those from ``matched`` on that apply.
    """
    if isinstance(outcome, Rejected):
        return rejected(str(outcome.reason), outcome.detail)
    lengths, angles = lattice_errors(outcome.lattice.matrix, cell)
    row = {"matched": False, "length_error": lengths, "angle_error": angles, "atoms_found": outcome.formula}
    if (found := matcher.get_rms_dist(original, outcome)) is not None:
        # pymatgen's unit of length: it scales both cells to the geometric mean of their volumes.
        unit = (original.volume / len(original) * outcome.volume / len(outcome)) ** (1 / 6)
        return row | {"matched": True, "rms": float(found[0]), "rms_angstrom": float(found[0]) * unit}
    failure = _failure(original, outcome, in_true_lattice, matcher)
    return row | {
        "failure": str(failure),
        "reason": "different",
        "detail": f"{original.formula} became {outcome.formula}",
    }


def rejected(reason: str, detail: str) -> dict[str, Any]:
    """Columns of a crystal without one to compare it with."""
    return {"matched": False, "failure": str(Failure.REJECTED), "reason": reason, "detail": detail}


def lattice_errors(found: NDArray[np.float64], expected: NDArray[np.float64]) -> tuple[float, float]:
    """Largest error of an edge (percent) and of an angle (degrees); vectors are rows, in the same order in both."""
    one, other = Cell(found).cellpar(), Cell(expected).cellpar()
    return float(100 * np.abs(one / other - 1)[:3].max()), float(np.abs(one - other)[3:].max())


def summarize(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Count both sides of the split.

    Parameters
    ----------
    table
        Columns `RECONSTRUCTION_COLUMNS`.

    Returns
    -------
    dict
        For ``train`` and ``held_out``: ``n``, ``matched``, its ``fraction`` with Wilson's 95% ``interval``,
        ``mean_rms_angstrom`` of the matched crystals, ``mean_length_error`` (percent) and ``mean_angle_error``
        (degrees) of the decoded ones, ``failures`` by `Failure`, and ``rejected`` by reason; None where there is
        nothing to average.
    """
    return {split: _count(table[table["split"] == split]) for split in ("train", "held_out")}


def _count(rows: pd.DataFrame) -> dict[str, Any]:
    n, matched = len(rows), int(rows["matched"].sum())
    test = binomtest(matched, n) if n else None
    interval = test.proportion_ci(CONFIDENCE, method="wilson") if test else None
    failures = Counter(rows["failure"].dropna())
    reasons = Counter(rows.loc[rows["failure"] == Failure.REJECTED, "reason"])
    return {
        "n": n,
        "matched": matched,
        "fraction": round(matched / n, 6) if n else None,
        "interval": [round(float(bound), 6) for bound in interval] if interval else None,
        "mean_rms_angstrom": _mean(rows["rms_angstrom"]),
        "mean_length_error": _mean(rows["length_error"]),
        "mean_angle_error": _mean(rows["angle_error"]),
        "failures": {str(kind): failures[kind] for kind in Failure},
        "rejected": dict(sorted(reasons.items())),
    }


def _mean(values: pd.Series) -> float | None:
    values = values.astype(float).dropna()
    return round(float(values.mean()), 6) if len(values) else None


def _failure(
    original: Structure,
    outcome: Structure,
    in_true_lattice: Callable[[], Structure | Rejected],
    matcher: StructureMatcher,
) -> Failure:
    if outcome.composition != original.composition:
        return Failure.ATOM_COUNT
    again = in_true_lattice()
    if isinstance(again, Structure) and matcher.fit(original, again):
        return Failure.LATTICE
    return Failure.POSITIONS
