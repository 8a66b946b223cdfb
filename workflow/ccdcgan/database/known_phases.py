"""The known phases of a system: published crystals, built from their parameters or by stacking layers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms
from pymatgen.core import Lattice, Structure

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.matching import find_matches
from ccdcgan.crystals.structures import from_pymatgen, read_structures, to_pymatgen
from ccdcgan.database.hull import References, energies_above_hull, formation_energies, phase_diagram
from ccdcgan.prototypes.filling import filled_volume
from ccdcgan.prototypes.sources.aflow import build, read_prototypes

__all__ = [
    "COLUMNS",
    "KnownPhases",
    "Phase",
    "find_known_phases",
    "read_compounds",
    "read_known_phases",
    "stack",
]

COLUMNS = [
    "id",
    "formula",
    "x",
    "n_atoms",
    "space_group",
    "status",
    "reason",
    "formation_energy",
    "energy_above_hull",
    "database_match",
    "source",
]
"""Of the table of known phases: energies in eV/atom, ``x`` the fraction of the last element, the published space group;
``status`` is ``relaxed``, ``rejected`` or, for a phase whose structure is not at hand, ``missing``. A column
``<variant>_match`` follows for every variant."""

QUINTUPLE_LAYER = ("Se", "Bi", "Se", "Bi", "Se")
BILAYER = ("Bi", "Bi")


@dataclass(frozen=True)
class Phase:
    """A phase, and what is published of it."""

    atoms: Atoms
    """Where its relaxation starts; ``info["id"]`` is its name."""
    space_group: int
    """Published number."""
    experimental: bool = True
    """Made and measured; otherwise a structure type that was proposed."""
    gpaw: bool = False
    """Small enough for DFT."""
    lattice: tuple[float, ...] | None = None
    """Measured constants of the conventional cell, in angstrom."""
    source: str = ""
    """Of geometry and constants."""
    formation_energy: float | None = None
    """Measured, in eV/atom."""
    formation_energy_source: str = ""

    @property
    def wanted(self) -> bool:
        """Whether generators should find it: a compound that has been made."""
        return self.experimental and len(set(self.atoms.symbols)) > 1


@dataclass(frozen=True)
class KnownPhases:
    """Of one file of ``resources/known_phases``."""

    phases: list[Phase]
    """By falling content of the first element."""
    not_built: dict[str, str]
    """Phase -> why it is missing."""


def read_known_phases(path: Path, volume_scale: float | None) -> KnownPhases:
    """Read the file of known phases and build them.

    Parameters
    ----------
    path
        Of the file.
    volume_scale
        Volume per atom of a prototype without published constants: ``prototypes.volume_scale`` of the config.
    """
    content = json.loads(path.read_text())
    prototypes = {prototype.label: prototype for prototype in read_prototypes()}
    spacings, ends = content["stackings"]["spacings"], content["stackings"]["a"]
    phases = []
    for entry in content["phases"]:
        if "prototype" in entry:
            prototype = prototypes[entry["prototype"]]
            cell = build(replace(prototype, parameters={**prototype.parameters, **entry.get("parameters", {})}))
            symbols = [entry["elements"][kind] for kind in cell.species]
            lattice = Lattice(cell.lattice)
            if "parameters" not in entry:
                lattice = lattice.scale(filled_volume(symbols, volume_scale))
            atoms = from_pymatgen(Structure(lattice, symbols, cell.positions), entry["name"])
            source = entry.get("source", f"AFLOW {prototype.label} at the volume of the elements")
        else:
            atoms = stack(entry["bilayers"], entry["quintuple_layers"], spacings, ends)
            atoms.info = {"id": entry["name"]}
            source = content["stackings"]["source"]
        phases.append(
            Phase(
                atoms,
                entry["space_group"],
                entry.get("experimental", True),
                entry.get("gpaw", False),
                tuple(entry["lattice"]) if "lattice" in entry else None,
                source,
                entry.get("formation_energy"),
                entry.get("formation_energy_source", ""),
            )
        )
    return KnownPhases(phases, {entry["name"]: entry["reason"] for entry in content["not_built"]})


def read_compounds(known: Sequence[Path | str], structures: Path | str, volume_scale: float | None) -> list[Atoms]:
    """Read the relaxed known phases that are compounds and have been made.

    Parameters
    ----------
    known
        File of known phases of the system, if there is one.
    structures
        Extended XYZ file of the relaxed phases.
    volume_scale
        As for `read_known_phases`.
    """
    phases = [phase for path in known for phase in read_known_phases(Path(path), volume_scale).phases]
    wanted = {phase.atoms.info["id"] for phase in phases if phase.wanted}
    return [atoms for atoms in read_structures(structures) if atoms.info["id"] in wanted]


def stack(bilayers: int, quintuple_layers: int, spacings: Mapping[str, float], ends: Mapping[str, float]) -> Atoms:
    """Stack Bi2 and Bi2Se3 layers in the most even order, each atomic plane a third of a diagonal beside the last.

    Parameters
    ----------
    bilayers
        Bi2 layers, m of (Bi2)m(Bi2Se3)n.
    quintuple_layers
        Bi2Se3 layers, n of it.
    spacings
        Distance of two planes in angstrom, by their symbols from the outside of a layer inwards (``Se-Bi``, ``Bi-Se``),
        or by the symbols that face each other between two layers, alphabetically (``Bi|Se``).
    ends
        Constant a of Bi2Se3 and of BiSe, in angstrom; that of the stacking is on the straight line through both.

    Returns
    -------
    Atoms
        The primitive cell.
    """
    count = bilayers + quintuple_layers
    layers = [
        QUINTUPLE_LAYER if (place + 1) * quintuple_layers // count > place * quintuple_layers // count else BILAYER
        for place in range(count)
    ]
    symbols: list[str] = []
    heights: list[float] = []
    height = 0.0
    for place, layer in enumerate(layers):
        for plane, symbol in enumerate(layer):
            if plane:
                # The layers are mirror symmetric: the lower of the two planes counted from the nearer side.
                outer = min(plane - 1, len(layer) - 1 - plane)
                height += spacings[f"{layer[outer]}-{layer[outer + 1]}"]
            symbols.append(symbol)
            heights.append(height)
        height += spacings["|".join(sorted((layer[-1], layers[(place + 1) % count][0])))]
    bismuth = symbols.count("Bi") / len(symbols)
    a = ends["Bi2Se3"] + (bismuth - 0.4) / 0.1 * (ends["BiSe"] - ends["Bi2Se3"])
    basis = np.array([[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0]])
    shift = (2 * basis[0] + basis[1]) / 3
    positions = [plane % 3 * shift + [0, 0, z] for plane, z in enumerate(heights)]
    third = len(symbols) % 3 * shift + [0, 0, height]
    return Atoms(symbols, positions=positions, cell=[*basis, third], pbc=True)


def find_known_phases(
    known: KnownPhases,
    structures: Sequence[Atoms],
    relaxation: pd.DataFrame,
    database: Sequence[Atoms],
    database_table: pd.DataFrame,
    candidates: Mapping[str, Sequence[Atoms]],
    references: References,
    system: Sequence[str],
    tolerances: Matching,
) -> pd.DataFrame:
    """Look for the experimentally known compounds in the database and among the candidates of every variant.

    Parameters
    ----------
    known
        Phases of the system; elements and structure types that were only proposed are left out.
    structures, relaxation
        The relaxed phases, and the table of their relaxation.
    database, database_table
        Relaxed structures of the database, and its table, which alone spans the hull.
    candidates
        Variant -> relaxed candidates.
    references
        Of the elements.
    system
        Element symbols, in order.
    tolerances
        Of StructureMatcher.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, and ``<variant>_match`` for every variant: the id of the first structure that matches.
    """
    rows = relaxation.set_index("id")
    described = [_described(phase, rows.loc[phase.atoms.info["id"]], system) for phase in known.phases if phase.wanted]
    described += [{"id": name, "status": "missing", "reason": reason} for name, reason in known.not_built.items()]
    table = pd.DataFrame(described, columns=[*COLUMNS, *(f"{variant}_match" for variant in candidates)])
    compound_names = set(table["id"])
    relaxed = {atoms.info["id"]: to_pymatgen(atoms) for atoms in structures if atoms.info["id"] in compound_names}
    names = list(relaxed)
    formulas, energies = list(rows.loc[names, "formula"]), list(rows.loc[names, "energy_per_atom"])
    diagram = phase_diagram(
        list(database_table["formula"]), list(database_table["energy_per_atom"]), references.energies
    )
    columns: dict[str, Sequence[float | str | None]] = {
        "formation_energy": formation_energies(formulas, energies, references.energies).tolist(),
        "energy_above_hull": energies_above_hull(diagram, formulas, energies).tolist(),
    }
    for where, others in {"database": database, **candidates}.items():
        matches = find_matches(list(relaxed.values()), [to_pymatgen(atoms) for atoms in others], tolerances)
        columns[f"{where}_match"] = [None if match is None else others[match].info["id"] for match in matches]
    for name, values in columns.items():
        table[name] = table["id"].map(dict(zip(names, values, strict=True)))
    return table


def _described(phase: Phase, row: pd.Series, system: Sequence[str]) -> dict[str, Any]:
    """What the table says of a phase, whose relaxation has a row, before it is looked for."""
    return {
        "id": phase.atoms.info["id"],
        "formula": phase.atoms.get_chemical_formula(mode="metal"),
        "x": float((phase.atoms.symbols == system[-1]).mean()),
        "n_atoms": len(phase.atoms),
        "space_group": phase.space_group,
        "status": row["status"],
        "reason": row["reason"],
        "source": phase.source,
    }
