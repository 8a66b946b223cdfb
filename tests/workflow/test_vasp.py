"""The smallest configuration with engine vasp, for another chemical system; VASP is the stand-in of tests/vasp_std."""

import json

import pandas as pd
import pytest

from ccdcgan.crystals.structures import read_structures
from ccdcgan.judging.funnel import check_sums
from ccdcgan.runs.provenance import calculation_folders
from tests.vasp_std.installation import install
from tests.workflow.running import checkout, finished, smallest

SETTINGS = (
    "--config",
    "run=sb-te",
    "system=[Sb, Te]",
    "relaxation={engine: vasp, vasp: {command: vasp_std}}",
    "generation={models: [ccdcgan], count: 6}",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = checkout(tmp_path_factory.mktemp("vasp"))
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path_factory.mktemp("potcars"), "Sb", "Te")
        finished(folder, "results/sb-te/candidates.csv", "results/sb-te/funnel.json", *SETTINGS)
    return folder / "results/sb-te"


def test_the_whole_workflow_runs_with_vasp(results):
    funnel = json.loads((results / "funnel.json").read_text())
    assert check_sums(funnel) == []
    assert sum(counts["relaxed"] for counts in funnel["models"].values()) > 0
    candidates = pd.read_csv(results / "candidates.csv")
    assert len(candidates) > 0
    assert candidates["energy_above_hull"].notna().all()


def test_another_chemical_system_needs_no_code(results):
    assert len(pd.read_csv(results / "database/table.csv")) > 5
    structures = read_structures(results / "database/structures.extxyz")
    assert {symbol for atoms in structures for symbol in atoms.symbols} == {"Sb", "Te"}


def test_every_calculation_is_kept(results):
    tables = [*results.glob("relaxation/*.csv"), *results.glob("candidates/*/*.csv")]
    rows = pd.concat(pd.read_csv(table) for table in tables)
    assert (rows["status"] == "relaxed").mean() > 0.5
    folders = [folder for table in tables for folder in calculation_folders(table)]
    assert len(folders) == len(rows)
    for folder in folders:
        for name in ("INCAR", "KPOINTS", "POSCAR", "POTCAR", "OUTCAR.gz", "vasprun.xml", "custodian.json"):
            assert (folder / name).exists()


def test_what_is_missing_is_said_before_any_job_starts(tmp_path, tmp_path_factory, monkeypatch):
    folder = checkout(tmp_path)
    install(monkeypatch, tmp_path_factory.mktemp("potcars"), "Sb")
    run = smallest(folder, *SETTINGS)
    assert run.returncode != 0
    assert "no readable POTCAR 'Te' for Te" in run.stderr
    assert "PMG_VASP_PSP_DIR" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (folder / "results").exists()
