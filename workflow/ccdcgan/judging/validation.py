"""Validation: the known phases relaxed by every potential, beside what is published and beside PBE by GPAW.

``python -m ccdcgan.judging.validation``, or ``make validate``, which installs GPAW first. The tables go between two
markers of ``resources/validation.md``, whose conclusions stand outside of them, and as CSV into ``results/validation``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import spglib
from ase import Atoms
from ase.io import read

from ccdcgan.config.loading import load_config
from ccdcgan.config.project import DEFAULT_CONFIG, RESOURCES, ROOT
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import SYMPREC, read_table, space_group, write_structures
from ccdcgan.database.hull import energies_above_hull, formation_energies, phase_diagram
from ccdcgan.database.known_phases import KnownPhases, read_known_phases
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.registry import load_engine
from ccdcgan.runs.markdown import as_table, between_markers
from ccdcgan.runs.provenance import code_digest

__all__ = [
    "POTENTIALS",
    "best_candidates",
    "compare",
    "energy_table",
    "lattice_constants",
    "lattice_table",
]

log = logging.getLogger(__name__)

POTENTIALS = ("sevennet", "chgnet")
ELEMENTS = ("Bi", "Se")
"""Each engine's energy zero: its own relaxed crystals of that name."""
TIGHT = {"fmax": 0.02, "max_steps": 500, "time_limit": 3600.0, "relax_model": None, "energy_model": None}
"""Of the relaxation: lattice constants need smaller forces than a hull does; every engine brings its own models."""
CANDIDATES, LARGEST = 3, 8
"""How many candidates of a run are compared, and the most atoms that one may have: DFT costs minutes from there."""
MARKERS = ("<!-- written by python -m ccdcgan.judging.validation -->", "<!-- end -->")


def lattice_constants(atoms: Atoms) -> tuple[float, ...]:
    """Lengths of the conventional cell in angstrom, each once: a and c of a hexagonal one."""
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    lattice, _, _ = spglib.standardize_cell(cell, symprec=SYMPREC)
    lengths: list[float] = []
    for length in np.linalg.norm(lattice, axis=1):
        if not lengths or not np.isclose(length, lengths, atol=1e-3).any():
            lengths.append(float(length))
    return tuple(lengths)


def best_candidates(table: Path) -> list[Atoms]:
    """The most stable small candidates of a run that have a CIF file.

    Parameters
    ----------
    table
        ``candidates.csv`` of the run.
    """
    rows = read_table(table).dropna(subset="cif")
    small = rows[rows["n_atoms"] <= LARGEST].sort_values("energy_above_hull").head(CANDIDATES)
    candidates = []
    for row in small.itertuples():
        atoms = read(table.parent / str(row.cif))
        atoms.info = {"id": row.id}
        candidates.append(atoms)
    return candidates


def energy_table(relaxed: pd.DataFrame) -> pd.DataFrame:
    """Formation energies and energies above the hull of one engine's results.

    Parameters
    ----------
    relaxed
        Table of `ccdcgan.relaxation.batch.relax_batch`, the elements among its ids.

    Returns
    -------
    DataFrame
        Indexed by id, columns ``formation_energy`` and ``energy_above_hull``, in eV/atom; the hull is that of the
        table, the zero its own elements. Rejected structures are left out.

    Raises
    ------
    ValueError
        If an element was rejected or is missing.
    """
    rows = relaxed[relaxed["status"] == "relaxed"].set_index("id")
    missing = [symbol for symbol in ELEMENTS if symbol not in rows.index]
    if missing:
        raise ValueError(f"validation: found no relaxed {missing[0]}, expected it as the zero of the energy")
    references = dict(zip(ELEMENTS, rows.loc[list(ELEMENTS), "energy_per_atom"], strict=True))
    formulas, energies = list(rows["formula"]), list(rows["energy_per_atom"])
    diagram = phase_diagram(formulas, energies, references)
    return pd.DataFrame(
        {
            "formation_energy": formation_energies(formulas, energies, references),
            "energy_above_hull": energies_above_hull(diagram, formulas, energies),
        },
        index=rows.index,
    )


def lattice_table(known: KnownPhases, relaxed: Mapping[str, Sequence[Atoms]]) -> pd.DataFrame:
    """Space groups and lattice constants as published and as each engine relaxes them: text, a row for each phase."""
    by_engine = {engine: {atoms.info["id"]: atoms for atoms in found} for engine, found in relaxed.items()}
    rows = []
    for phase in known.phases:
        name = phase.atoms.info["id"]
        row = {
            "phase": name,
            "atoms": str(len(phase.atoms)),
            "space group": str(phase.space_group),
            "published": _lengths(phase.lattice),
        }
        for engine, found in by_engine.items():
            atoms = found.get(name)
            row[engine] = "rejected" if atoms is None else _lengths(lattice_constants(atoms))
            if atoms is not None and space_group(atoms) != phase.space_group:
                row[engine] += f" (now {space_group(atoms)})"
        rows.append(row)
    return pd.DataFrame(rows)


def compare(tables: Mapping[str, pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    """Formation energies and energies above hull of several engines side by side.

    Parameters
    ----------
    tables
        Engine -> table of its relaxations.
    names
        Ids of the rows, which alone span the hulls.

    Returns
    -------
    DataFrame
        Indexed by name, columns ``E_f <engine>`` and ``above hull <engine>``, in eV/atom; NaN where an engine has none.
    """
    columns = {}
    for engine, table in tables.items():
        energies = energy_table(table[table["id"].isin(names)]).reindex(list(names))
        columns[f"E_f {engine}"] = energies["formation_energy"]
        columns[f"above hull {engine}"] = energies["energy_above_hull"]
    return pd.DataFrame(columns, index=pd.Index(names, name="phase"))


def _lengths(lengths: Sequence[float] | None) -> str:
    return "" if lengths is None else ", ".join(f"{length:.3f}" for length in lengths)


def _page(
    known: KnownPhases, lattices: pd.DataFrame, energies: pd.DataFrame, dft: pd.DataFrame, scales: Mapping[str, str]
) -> str:
    """The tables and their sources as Markdown."""
    sources = [f"- {phase.atoms.info['id']}: {phase.source}" for phase in known.phases if phase.lattice]
    stackings = [phase for phase in known.phases if phase.lattice is None]
    for source in dict.fromkeys(phase.source for phase in stackings):
        names = ", ".join(phase.atoms.info["id"] for phase in stackings if phase.source == source)
        sources.append(f"- {names}: {source}")
    sources += [
        f"- formation energy of {phase.atoms.info['id']}: {phase.formation_energy_source}"
        for phase in known.phases
        if phase.formation_energy_source
    ]
    missing = [f"- {name}: {reason}" for name, reason in known.not_built.items()]
    parts = [
        "### Lattice constants",
        "Conventional cell, angstrom; after the relaxation, with the new space group where it changed.",
        as_table(lattices),
        "### Formation energy and energy above hull",
        "eV/atom, against each engine's own Bi and Se; the hull of each engine is that of this table.",
        as_table(energies.reset_index()),
        "### Beside PBE by GPAW",
        "eV/atom. GPAW: single points at the geometries of sevennet. Every hull is that of this table.",
        as_table(dft.reset_index()),
        "### Engines",
        "\n".join(f"- {engine}: {scale}" for engine, scale in scales.items()),
        "### Sources",
        "\n".join(sources),
        "### Not built",
        "\n".join(missing),
    ]
    return "\n\n".join(parts)


def _relax(
    engine: str, structures: Sequence[Atoms], settings: Relaxation, folder: Path
) -> tuple[list[Atoms], pd.DataFrame, str]:
    """Relaxed structures, their table and the name of the scale; a killed call goes on where it was."""
    own = settings.model_copy(update={"engine": engine, "second_model": None, **TIGHT})
    loaded = load_engine(own, 1, folder / engine)
    code = code_digest(Path(__file__).parents[1] / "relaxation" / f"{'gpaw' if engine == 'gpaw' else 'potentials'}.py")
    log.info("%s: %d structures", engine, len(structures))
    relaxed, table = relax_batch(structures, lambda: loaded, own, folder / f"{engine}.journal", code)
    write_structures(folder / f"{engine}.extxyz", relaxed)
    table.to_csv(folder / f"{engine}.csv", index=False)
    return relaxed, table, loaded.scale


def main() -> None:
    """Relax, compare, print the tables and write them down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--candidates", type=Path, help="candidates.csv of a run: its best small ones are compared too")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("ccdcgan").setLevel(logging.INFO)
    config = load_config(DEFAULT_CONFIG)
    folder = ROOT / "results/validation"
    folder.mkdir(parents=True, exist_ok=True)

    known = read_known_phases(RESOURCES / "known_phases/Bi-Se.json", config.prototypes.volume_scale)
    candidates = best_candidates(arguments.candidates) if arguments.candidates else []
    structures = [phase.atoms for phase in known.phases] + candidates
    relaxed, tables, scales = {}, {}, {}
    for engine in POTENTIALS:
        relaxed[engine], tables[engine], scales[engine] = _relax(engine, structures, config.relaxation, folder)
    small = {phase.atoms.info["id"] for phase in known.phases if phase.gpaw}
    small |= {atoms.info["id"] for atoms in candidates}
    geometries = [atoms for atoms in relaxed["sevennet"] if atoms.info["id"] in small]
    _, tables["gpaw"], scales["gpaw"] = _relax("gpaw", geometries, config.relaxation, folder)

    lattices = lattice_table(known, relaxed)
    energies = compare({engine: tables[engine] for engine in POTENTIALS}, [atoms.info["id"] for atoms in structures])
    published = {phase.atoms.info["id"]: phase.formation_energy for phase in known.phases}
    energies.insert(0, "E_f published", pd.Series(published, dtype=float).reindex(energies.index))
    dft = compare(tables, [atoms.info["id"] for atoms in geometries])
    lattices.to_csv(folder / "lattices.csv", index=False)
    energies.to_csv(folder / "energies.csv")
    dft.to_csv(folder / "gpaw_beside.csv")
    text = _page(known, lattices, energies, dft, scales)
    print(text)
    page = RESOURCES / "validation.md"
    page.write_text(between_markers(page.read_text(), text, MARKERS))


if __name__ == "__main__":
    main()
