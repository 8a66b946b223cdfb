"""Formation energies and energies above the convex hull (pymatgen's PhaseDiagram), and what counts as stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition
from scipy.special import softmax

from ccdcgan.config.hull import Hull

__all__ = [
    "References",
    "check_scale",
    "disagreements",
    "energies_above_hull",
    "formation_energies",
    "phase_diagram",
    "stability",
    "stability_weights",
]


@dataclass(frozen=True)
class References:
    """The elements' reference phases: for each the lowest of the elemental prototypes that were relaxed."""

    energies: dict[str, float]
    """Element -> total energy, in eV/atom."""
    ids: dict[str, str]
    """Element -> id of the structure."""
    compared: dict[str, int]
    """Element -> number of relaxed structures among which it is the lowest."""
    scale: str
    """Energy scale of the engine."""
    second_energies: dict[str, float] | None
    """Element -> lowest energy by the second model, in eV/atom; None without one."""


def check_scale(table: pd.DataFrame, scale: str) -> None:
    """Refuse energies of another scale: their differences would mean nothing.

    Parameters
    ----------
    table
        Of a relaxation.
    scale
        Expected.

    Raises
    ------
    ValueError
        If a relaxed row is on another scale.
    """
    relaxed = table[table["status"] == "relaxed"]
    other = relaxed[relaxed["scale"] != scale]
    if len(other):
        row = other.iloc[0]
        raise ValueError(
            f"structure {row['id']}: found energy scale {row['scale']!r}, expected {scale!r} as the elements'"
        )


def disagreements(table: pd.DataFrame, references: References) -> np.ndarray:
    """How far the second model's formation energy lies from the first's, without sign, in eV/atom; NaN without one.

    Parameters
    ----------
    table
        With columns ``formula``, ``formation_energy`` and ``second_energy_per_atom``.
    references
        Of the elements, by both models.
    """
    if references.second_energies is None:
        return np.full(len(table), np.nan)
    second = formation_energies(
        list(table["formula"]), list(table["second_energy_per_atom"]), references.second_energies
    )
    return np.abs(second - table["formation_energy"].to_numpy())


def formation_energies(
    formulas: Sequence[str], energies_per_atom: Sequence[float], references: Mapping[str, float]
) -> np.ndarray:
    """Formation energy per atom against the elements.

    Parameters
    ----------
    formulas
        Chemical formulas.
    energies_per_atom
        Total energies, in eV/atom, on the scale of the references.
    references
        Energy of each element's reference phase, in eV/atom.

    Returns
    -------
    ndarray
        In eV/atom, negative where the compound is bound against its elements.

    Raises
    ------
    ValueError
        If a formula holds an element without a reference.
    """
    values = []
    for formula, energy in zip(formulas, energies_per_atom, strict=True):
        composition = Composition(formula)
        missing = [element.symbol for element in composition if element.symbol not in references]
        if missing:
            raise ValueError(f"formula {formula}: found element {missing[0]}, expected one of {', '.join(references)}")
        elements = sum(composition.get_atomic_fraction(symbol) * value for symbol, value in references.items())
        values.append(energy - elements)
    return np.array(values, dtype=float)


def phase_diagram(
    formulas: Sequence[str], energies_per_atom: Sequence[float], references: Mapping[str, float]
) -> PhaseDiagram:
    """Convex hull of a set of structures and the elements' references (total energies, in eV/atom)."""
    entries = [PDEntry(Composition(symbol), value) for symbol, value in references.items()]
    for formula, energy in zip(formulas, energies_per_atom, strict=True):
        composition = Composition(formula)
        entries.append(PDEntry(composition, energy * composition.num_atoms))
    return PhaseDiagram(entries)


def energies_above_hull(
    diagram: PhaseDiagram, formulas: Sequence[str], energies_per_atom: Sequence[float]
) -> np.ndarray:
    """Energy above a given hull, in eV/atom; negative for a structure that would lower it."""
    values = []
    for formula, energy in zip(formulas, energies_per_atom, strict=True):
        composition = Composition(formula)
        values.append(energy - diagram.get_hull_energy_per_atom(composition))
    return np.array(values, dtype=float)


def stability(table: pd.DataFrame, thresholds: Hull) -> pd.DataFrame:
    """Whether each structure is bound, meta-stable and stable, as the paper defines them.

    Parameters
    ----------
    table
        With columns ``formation_energy`` and ``energy_above_hull``, in eV/atom.
    thresholds
        Section ``hull`` of the config, in eV/atom.

    Returns
    -------
    DataFrame
        Boolean columns ``negative_formation_energy``, ``metastable`` (which includes the stable ones) and ``stable``,
        on the index of the table.
    """
    negative = table["formation_energy"] < 0
    return pd.DataFrame(
        {
            "negative_formation_energy": negative,
            "metastable": negative & (table["energy_above_hull"] < thresholds.metastable),
            "stable": negative & (table["energy_above_hull"] < thresholds.stable),
        }
    )


def stability_weights(table: pd.DataFrame, ids: Sequence[str], temperature: float | None) -> NDArray[np.float64]:
    """How often crystals are drawn: Boltzmann factors of their energies above hull, or all alike.

    To learn from the better ones more often moves what a generative model makes towards them (Tripp et al., "Sample-
    efficient optimization in the latent space of deep generative models via weighted retraining", NeurIPS 2020).

    Parameters
    ----------
    table
        Of the database, with columns ``id`` and ``energy_above_hull`` (eV/atom).
    ids
        The n crystals.
    temperature
        k_B T in eV/atom; None draws all alike.

    Returns
    -------
    ndarray
        Shape (n,), adding up to 1.
    """
    if temperature is None:
        return np.full(len(ids), 1 / len(ids))
    energies = table.set_index("id")["energy_above_hull"].loc[list(ids)].to_numpy(dtype=float)
    weights: NDArray[np.float64] = softmax(-energies / temperature)
    return weights
