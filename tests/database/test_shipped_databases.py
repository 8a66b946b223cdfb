"""The ready-made databases: a few of their structures made again, from prototype to relaxed energy."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher

from ccdcgan.config.loading import load_config
from ccdcgan.config.prototypes import Prototypes
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import from_pymatgen, read_structures, read_table, to_pymatgen
from ccdcgan.database.ready_made import DESCRIPTION, FILES, packed, unpack
from ccdcgan.prototypes.filling import fill
from ccdcgan.prototypes.sources.aflow import build, read_prototypes
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.registry import load_engine
from tests.conftest import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "resources/databases").glob(f"*/{DESCRIPTION}"))
HANDFUL = 8
QUICK = 15
"""Steps of a relaxation that goes straight into its minimum. On a longer way rounding decides now and then, and another
processor finds another minimum: also of the quick ones two may do so."""


@pytest.fixture(params=FOLDERS, ids=[folder.name for folder in FOLDERS])
def folder(request) -> Path:
    return request.param


@pytest.fixture
def files(folder, tmp_path) -> dict[str, Path]:
    for file in FILES.values():
        unpack(folder / packed(file), tmp_path / file)
    return {name: tmp_path / file for name, file in FILES.items()}


def start_of(name: str, section: Prototypes, labels: dict) -> object:
    """The cell from which a structure of the database was relaxed, from its id alone."""
    _, label, *rest = name.split(".")
    by_site = rest[0] == "sites"
    cell = build(labels[label], by_site)
    structure, _ = fill(cell, tuple(rest[by_site:]), section, np.inf, rescale=True)
    return from_pymatgen(structure, name)


def test_there_is_one():
    assert [folder.name for folder in FOLDERS] == ["bi-se"]


def test_everything_in_it_belongs_together(folder, files):
    description = json.loads((folder / DESCRIPTION).read_text())
    rows, structures = read_table(files["table"]), read_structures(files["structures"])
    assert list(rows["id"]) == list(read_table(files["prototypes"])["id"])
    assert list(rows.loc[rows["status"] == "relaxed", "id"]) == [atoms.info["id"] for atoms in structures]
    assert rows["status"].value_counts().to_dict() == description["counts"]
    assert rows.loc[rows["status"] == "rejected", "reason"].notna().all()
    assert len(set(rows["scale"].dropna())) == 1
    sizes = rows.set_index("id")["n_atoms"]
    assert all(len(atoms) == sizes[atoms.info["id"]] for atoms in structures)
    assert {symbol for atoms in structures for symbol in atoms.symbols} == set(description["system"])


def test_its_page_and_its_configuration_are_those_of_its_files(folder, files):
    description = json.loads((folder / DESCRIPTION).read_text())
    counts = description["counts"]
    page = (folder / "README.md").read_text()
    assert f"| distinct cells within the bounds | {sum(counts.values())} |" in page
    assert f"| relaxed | {counts['relaxed']} |" in page
    for stage, name in (("prototypes", "rejected"), ("relaxation", "table")):
        for reason, count in read_table(files[name])["reason"].value_counts().items():
            assert f"| {stage} | {reason} | {count} |" in page
    config = load_config(ROOT / "config/config.yaml", ROOT / "config/database.yaml")
    for name, section in {
        "prototypes": config.prototypes.of_sources(),
        "relaxation": config.relaxation.of_engine(),
    }.items():
        now = section.model_dump(mode="json")
        assert description[name] == {key: now[key] for key in description[name]}


def test_a_random_handful_comes_out_again(folder, files, tmp_path):
    """Within 2 meV/atom, and as the same crystal."""
    description = json.loads((folder / DESCRIPTION).read_text())
    section = Prototypes.model_validate(description["prototypes"])
    settings = Relaxation.model_validate(description["relaxation"])
    rows = read_table(files["table"]).set_index("id")
    small = rows[(rows["status"] == "relaxed") & (rows["n_atoms"] <= 12) & (rows["steps"] <= QUICK)]
    small = small[small.index.str.startswith("aflow.")]
    names = list(np.random.default_rng(0).choice(small.index, HANDFUL, replace=False))
    labels = {prototype.label: prototype for prototype in read_prototypes()}
    starts = [start_of(name, section, labels) for name in names]
    relaxed, table = relax_batch(starts, lambda: load_engine(settings, 1, tmp_path), settings, tmp_path / "journal")
    difference = table.set_index("id")["energy_per_atom"] - pd.Series(small["energy_per_atom"])
    shipped = {atoms.info["id"]: to_pymatgen(atoms) for atoms in read_structures(files["structures"])}
    matcher = StructureMatcher(ltol=0.05, stol=0.05, angle_tol=2)
    again = [
        atoms.info["id"]
        for atoms in relaxed
        if abs(difference[atoms.info["id"]]) < 0.002 and matcher.fit(shipped[atoms.info["id"]], to_pymatgen(atoms))
    ]
    assert len(again) >= HANDFUL - 2, difference[names]
