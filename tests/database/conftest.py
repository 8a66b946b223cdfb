"""A small run whose database is made, for what packs one and reads one."""

import json

import pandas as pd
import pytest
from ase import Atoms

from ccdcgan.crystals.structures import write_structures
from ccdcgan.database.building import build_database, find_references
from ccdcgan.database.known_phases import read_known_phases
from ccdcgan.relaxation.batch import COLUMNS
from tests.conftest import ROOT, bi2se3, rocksalt


def relaxed_row(atoms, energy_per_atom, **more):
    row = dict.fromkeys(COLUMNS) | {
        "id": atoms.info["id"],
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
        "status": "relaxed",
        "energy": energy_per_atom * len(atoms),
        "energy_per_atom": energy_per_atom,
        "second_energy_per_atom": energy_per_atom + 0.01,
        "scale": "PBE",
        "volume_per_atom": atoms.get_volume() / len(atoms),
        "steps": 3,
    }
    return row | more


@pytest.fixture
def results(tmp_path, config):
    """A run with two batches, of which the second has a reject, and its database."""
    folder = tmp_path / "results"
    for part in ("prototypes", "relaxation", "database", "known_phases"):
        (folder / part).mkdir(parents=True)
    batches = {"0000": [bi2se3(), rocksalt(name="salt")], "0001": [rocksalt(a=6.3, name="strained")]}
    rows = {name: [relaxed_row(atoms, -3.8) for atoms in structures] for name, structures in batches.items()}
    lost = relaxed_row(rocksalt(name="lost"), -3.0, status="rejected", reason="time_limit", detail="301 s")
    rows["0001"].append(lost)
    for name, structures in batches.items():
        write_structures(folder / f"relaxation/{name}.extxyz", structures)
        pd.DataFrame(rows[name]).to_csv(folder / f"relaxation/{name}.csv", index=False)
    elements = []
    for symbol, energy in (("Bi", -3.9), ("Se", -3.4)):
        solid = Atoms(symbol, cell=[3.3] * 3, pbc=True)
        solid.info = {"id": symbol}
        elements.append(relaxed_row(solid, energy))
    pd.DataFrame(elements).to_csv(folder / "relaxation/references.csv", index=False)
    every = pd.DataFrame([row for batch in rows.values() for row in batch])
    table = pd.DataFrame({"id": every["id"], "source": "aflow", "licence": "CDDL-1.0"})
    table.to_csv(folder / "prototypes/table.csv", index=False)
    rejected = pd.DataFrame({"id": ["a", "b"], "reason": ["too_long", "duplicate"], "detail": ["11 angstrom", "of c"]})
    rejected.to_csv(folder / "prototypes/rejected.csv", index=False)
    references = find_references(pd.DataFrame(elements), config.system)
    structures = [atoms for batch in batches.values() for atoms in batch]
    database = build_database(structures, every, references, config.system, config.matching, 0.4, 0)
    database.to_csv(folder / "database/table.csv", index=False)
    (folder / "database/references.json").write_text(json.dumps(vars(references)))
    write_structures(folder / "database/structures.extxyz", structures)
    phases = read_known_phases(ROOT / "resources/known_phases/Bi-Se.json", config.prototypes.volume_scale).phases
    lost = {"status": "rejected", "reason": "time_limit"}
    rows = [relaxed_row(phase.atoms, -3.8, **(lost if phase.atoms.info["id"] == "Bi2Se" else {})) for phase in phases]
    pd.DataFrame(rows).to_csv(folder / "known_phases/relaxation.csv", index=False)
    relaxed = [phase.atoms for phase in phases if phase.atoms.info["id"] != "Bi2Se"]
    write_structures(folder / "known_phases/structures.extxyz", relaxed)
    return folder
