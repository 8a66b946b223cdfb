"""The engine with the stand-in of tests/vasp_std; handlers and validators are custodian's."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from ase import Atoms
from pymatgen.core import SETTINGS

from ccdcgan.config.errors import ConfigError
from ccdcgan.crystals.structures import Reason, Rejected, read_structures, write_structures
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.registry import load_engine
from ccdcgan.relaxation.vasp import check_vasp
from tests.conftest import ROOT, bi2se3, caesium_chloride, rattled, rocksalt
from tests.relaxation.outcomes import relaxed

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def corrections(folder):
    log = json.loads((folder / "custodian.json").read_text())
    return [name for entry in log[-1]["corrections"] for name in entry["errors"]]


def test_the_scale_names_what_energies_depend_on(relaxation, tmp_path):
    engine = load_engine(relaxation, 1, tmp_path)
    assert engine.scale == "PBE by VASP, ENCUT 500 eV, k-points of 40 angstrom, POTCARs PBE_54"


@pytest.mark.parametrize(("fault", "corrected"), [("electronic", "Unconverged"), ("zbrent", "zbrent")])
def test_what_custodian_can_mend_is_mended(relaxation, tmp_path, monkeypatch, fault, corrected):
    monkeypatch.setenv("VASP_STD_FAULT", fault)
    outcome = relaxed(relaxation, tmp_path, rattled(caesium_chloride(), "a", 0.1))
    assert isinstance(outcome, Relaxed)
    assert corrected in corrections(tmp_path / "a")
    assert (tmp_path / "a/error.1.tar.gz").exists()


def test_a_relaxation_of_too_few_steps_is_continued(relaxation, tmp_path):
    outcome = relaxed(relaxation, tmp_path, rattled(caesium_chloride(), "a", 0.1), max_steps=4)
    assert isinstance(outcome, Relaxed)
    assert set(corrections(tmp_path / "a")) == {"Unconverged"}


@pytest.mark.parametrize(
    ("fault", "changes", "reason", "words"),
    [
        ("electronic-always", {"max_steps": 5}, Reason.NOT_CONVERGED, ["Unconverged"]),
        ("zbrent-always", {}, Reason.ENGINE_ERROR, ["MaxCorrections", "zbrent"]),
        ("killed", {}, Reason.ENGINE_ERROR, ["VasprunXMLValidator"]),
        ("truncated", {}, Reason.ENGINE_ERROR, ["VasprunXMLValidator"]),
        ("", {"max_steps": 2}, Reason.NOT_CONVERGED, ["Unconverged"]),
        ("", {"max_steps": 1}, Reason.NOT_CONVERGED, ["ions after 1 steps"]),
    ],
)
def test_every_failure_is_a_reject(relaxation, tmp_path, monkeypatch, fault, changes, reason, words):
    monkeypatch.setenv("VASP_STD_FAULT", fault)
    outcome = relaxed(relaxation, tmp_path, rattled(bi2se3(), "bad", 0.1), **changes)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason
    assert all(word in outcome.detail for word in words), outcome.detail
    assert (tmp_path / "bad/OUTCAR.gz").exists()


def test_a_structure_takes_no_longer_than_it_may(relaxation, tmp_path, monkeypatch):
    monkeypatch.setenv("VASP_STD_PAUSE", "60")
    start = time.monotonic()
    outcome = relaxed(relaxation, tmp_path, rocksalt(), time_limit=2.0)
    assert outcome.reason is Reason.TIME_LIMIT
    assert outcome.detail == "over 2 s"
    assert time.monotonic() - start < 20
    assert running(tmp_path / "rocksalt") == []


def test_a_bad_structure_does_not_stop_the_others(relaxation, tmp_path):
    nowhere, flat = rocksalt(name="nowhere"), rocksalt(name="flat")
    nowhere.positions[0, 0] = np.nan
    flat.set_cell([[3, 0, 0], [0, 3, 0], [3, 3, 0]])
    outcomes = relaxed(relaxation, tmp_path, nowhere, flat, rocksalt())
    assert outcomes["nowhere"].reason is Reason.NOT_FINITE
    assert outcomes["flat"].reason is Reason.ENGINE_ERROR
    assert isinstance(outcomes["rocksalt"], Relaxed)


KILLED = """
import sys
from pathlib import Path
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import read_structures
from tests.relaxation.test_vasp import relax
folder = Path(sys.argv[1])
relax(folder, Relaxation.model_validate_json((folder / "settings.json").read_text()))
"""


def relax(folder, settings):
    structures = read_structures(folder / "structures.extxyz")
    return relax_batch(structures, lambda: load_engine(settings, 1, folder / "batch"), settings, folder / "journal")


def running(folder):
    """Processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


def test_a_batch_killed_in_the_middle_goes_on(relaxation, tmp_path, monkeypatch):
    structures = [rocksalt(name="a"), rattled(bi2se3(), "b", 0.1), caesium_chloride(name="c")]
    write_structures(tmp_path / "structures.extxyz", structures)
    (tmp_path / "settings.json").write_text(relaxation.model_dump_json())
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}/workflow:{ROOT}")
    with monkeypatch.context() as patch:
        patch.setenv("VASP_STD_PAUSE", "0.15")
        batch = subprocess.Popen([sys.executable, "-W", "ignore", "-c", KILLED, str(tmp_path)])
        contcar = tmp_path / "batch/b/CONTCAR"
        while not (contcar.exists() and contcar.stat().st_size):
            assert batch.poll() is None
            time.sleep(0.05)
        batch.kill()
        batch.wait()
    assert running(tmp_path / "batch/b")  # VASP outlives the workflow that was killed
    _, table = relax(tmp_path, relaxation)
    assert list(table["id"]) == ["a", "b", "c"]
    assert set(table["reason"].dropna()) <= {"volume", "too_close"}
    assert running(tmp_path / "batch/b") == []
    assert (tmp_path / "batch/b/cut.1.tar.gz").exists()
    assert not (tmp_path / "batch/a/cut.1.tar.gz").exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (None, ["'relaxation.vasp.command'", "found None", "mpirun"]),
        ("", ["'relaxation.vasp.command'", "found ''"]),
        ("no_such_vasp", ["'relaxation.vasp.command'", "'no_such_vasp'", "PATH"]),
    ],
)
def test_a_missing_command_is_named(relaxation, tmp_path, command, words):
    settings = relaxation.model_copy(update={"vasp": relaxation.vasp.model_copy(update={"command": command})})
    with pytest.raises(ConfigError) as caught:
        load_engine(settings, 1, tmp_path)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("folder", [None, "/no/such/folder"])
def test_a_missing_folder_of_potcars_is_named(relaxation, tmp_path, monkeypatch, folder):
    monkeypatch.setitem(SETTINGS, "PMG_VASP_PSP_DIR", folder)
    with pytest.raises(ConfigError, match=r"PMG_VASP_PSP_DIR.*PBE_54"):
        load_engine(relaxation, 1, tmp_path)


def test_a_missing_potcar_is_named_before_anything_runs(relaxation, tmp_path):
    with pytest.raises(ConfigError, match=r"'Te' for Te.*PMG_VASP_PSP_DIR"):
        check_vasp(relaxation, ["Bi", "Te"])
    engine = load_engine(relaxation, 1, tmp_path)
    lead = Atoms("Te", cell=[3, 3, 3], pbc=True, info={"id": "te"})
    with pytest.raises(ConfigError, match="'Te'"):
        next(iter(engine.relax([rocksalt(), lead])))
    assert list(tmp_path.iterdir()) == []


def test_threads_reach_the_command(relaxation, tmp_path):
    vasp = relaxation.vasp.model_copy(update={"command": "env RANKS={threads} vasp_std"})
    engine = load_engine(relaxation.model_copy(update={"vasp": vasp}), 16, tmp_path)
    assert engine.command == ["env", "RANKS=16", "vasp_std"]
    assert isinstance(dict(engine.relax([rocksalt()]))["rocksalt"], Relaxed)
