"""The engine with the stand-in of tests/vasp_std; parsers, handlers and validators are pymatgen's and custodian's."""

import gzip
import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import spglib
from ase import Atoms
from ase.cell import Cell
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import SETTINGS, Lattice, Structure
from pymatgen.io.vasp.inputs import Kpoints, Poscar
from pymatgen.io.vasp.outputs import Oszicar, Outcar, Vasprun

from ccdcgan.config import ConfigError
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.engine import Relaxed, load_engine
from ccdcgan.relaxation.vasp import check_vasp, vasp_inputs
from ccdcgan.structures import Reason, Rejected, read_structures, to_pymatgen, write_structures
from tests.conftest import ROOT, bi2se3, caesium_chloride, rattled, rocksalt
from tests.vasp_std.installation import install, write_potcars

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(autouse=True, scope="module")
def installation(tmp_path_factory):
    """VASP's command and POTCARs, where a user would have them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = install(patch, tmp_path_factory.mktemp("potcars"), "Bi", "Se")
        patch.setitem(SETTINGS, "PMG_VASP_PSP_DIR", str(folder))
        yield


@pytest.fixture(scope="module")
def relaxation(config):
    vasp = config.relaxation.vasp.model_copy(update={"command": "vasp_std"})
    return config.relaxation.model_copy(update={"engine": "vasp", "vasp": vasp})


def relaxed(relaxation, folder, *structures, **changes):
    engine = load_engine(relaxation.model_copy(update=changes), 1, folder)
    outcomes = dict(engine.relax(structures))
    assert list(outcomes) == [atoms.info["id"] for atoms in structures]
    return outcomes if len(structures) > 1 else outcomes[structures[0].info["id"]]


def corrections(folder):
    log = json.loads((folder / "custodian.json").read_text())
    return [name for entry in log[-1]["corrections"] for name in entry["errors"]]


def incar_of(structure, relaxation):
    return vasp_inputs(structure, relaxation)["INCAR"]


def test_the_incar_holds_the_papers_settings(relaxation):
    changed = relaxation.model_copy(update={"fmax": 0.07, "max_steps": 123})
    incar = incar_of(to_pymatgen(bi2se3()), changed)
    assert incar["ENCUT"] == 500
    assert incar["ISIF"] == 3
    assert incar["IBRION"] == 2
    assert incar["EDIFFG"] == -0.07
    assert incar["NSW"] == 123
    assert "GGA" not in incar  # so that the POTCARs, of PBE, decide
    assert not incar["LDAU"]


def test_elements_and_compounds_are_smeared_alike(relaxation):
    bismuth = Structure(Lattice.cubic(3.4), ["Bi"], [[0, 0, 0]])
    one, other = (incar_of(structure, relaxation) for structure in (bismuth, to_pymatgen(bi2se3())))
    different = {key for key in one | other if one.get(key) != other.get(key)}
    assert different == {"EDIFF", "MAGMOM"}  # both for each atom


def test_oxides_get_no_hubbard_u(relaxation, tmp_path, monkeypatch):
    monkeypatch.setitem(SETTINGS, "PMG_VASP_PSP_DIR", str(write_potcars(tmp_path, "Fe_pv", "O")))
    oxide = Structure(Lattice.cubic(4.3), ["Fe", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert not {"LDAUU", "LDAUJ", "LDAUL"} & set(incar_of(oxide, relaxation))


CELLS = arrays(float, (3, 3), elements=st.floats(-7, 7, width=32)).filter(
    lambda cell: abs(np.linalg.det(cell)) > 20 and Cell(cell).lengths().min() > 2
)


@settings(max_examples=25, deadline=None)
@given(cell=CELLS)
def test_the_grid_follows_from_the_niggli_cell(cell, relaxation):
    structure = Structure(cell, ["Bi", "Se"], [[0.1, 0.2, 0.3], [0.6, 0.6, 0.7]])
    inputs = vasp_inputs(structure, relaxation)
    written = inputs["POSCAR"].structure
    lengths = written.lattice.abc
    np.testing.assert_allclose(sorted(lengths), sorted(Cell(spglib.niggli_reduce(cell)).lengths()), rtol=1e-4)
    assert np.linalg.det(written.lattice.matrix) == pytest.approx(abs(np.linalg.det(cell)))
    assert [str(symbol) for symbol in written.species] == ["Bi", "Se"]
    assert written.get_distance(0, 1) == pytest.approx(structure.get_distance(0, 1), abs=1e-6)
    assert inputs["KPOINTS"].style is Kpoints.supported_modes.Gamma
    assert list(inputs["KPOINTS"].kpts[0]) == [math.ceil(40 / length) for length in lengths]
    assert tuple(inputs["KPOINTS"].kpts_shift) == (0, 0, 0)


def test_a_relaxed_crystal_keeps_its_atoms_in_their_order(relaxation, tmp_path):
    mixed = rattled(bi2se3()[[2, 0, 3, 1, 4]], "mixed", size=0.05)
    outcome = relaxed(relaxation, tmp_path, mixed, fmax=100.0)  # so that it stays as it is
    assert list(outcome.atoms.symbols) == list(mixed.symbols)
    assert outcome.atoms.info == mixed.info
    matcher = StructureMatcher(scale=False, ltol=1e-4, stol=1e-4, angle_tol=0.01)
    assert matcher.fit(to_pymatgen(outcome.atoms), to_pymatgen(mixed))


def test_the_force_left_is_that_of_atoms_and_cell(relaxation, tmp_path):
    outcome = relaxed(relaxation, tmp_path, rattled(caesium_chloride(), "a", 0.1))
    assert outcome.fmax <= relaxation.fmax
    run = Vasprun(tmp_path / "a/vasprun.xml", parse_potcar_file=False)
    forces = np.linalg.norm(run.ionic_steps[-1]["forces"], axis=1)
    pressure = run.ionic_steps[-1]["stress"][0][0] * 0.1 / 160.2176634  # kbar to GPa to eV/angstrom^3
    assert outcome.fmax >= max(*forces, abs(pressure) * outcome.atoms.get_volume() / 2)


def test_a_calculation_keeps_its_files(relaxation, tmp_path):
    outcome = relaxed(relaxation, tmp_path, rocksalt())
    folder = tmp_path / "rocksalt"
    for name in ("INCAR", "KPOINTS", "POSCAR", "POTCAR", "CONTCAR", "OSZICAR", "vasprun.xml", "custodian.json"):
        assert (folder / name).stat().st_size > 0
    assert not (folder / "OUTCAR").exists()
    assert b"General timing" in gzip.decompress((folder / "OUTCAR.gz").read_bytes())
    # Whichever of them is read, the result is the same.
    run = Vasprun(folder / "vasprun.xml", parse_potcar_file=False)
    assert outcome.energy == run.final_energy == pytest.approx(Oszicar(folder / "OSZICAR").final_energy)
    assert outcome.energy == pytest.approx(Outcar(folder / "OUTCAR.gz").final_energy)
    assert outcome.steps == len(run.ionic_steps)
    contcar = Poscar.from_file(folder / "CONTCAR").structure
    assert contcar.lattice.matrix == pytest.approx(outcome.atoms.cell.array, abs=1e-6)


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


def test_a_calculation_that_was_cut_goes_on_from_its_last_geometry(relaxation, tmp_path, monkeypatch):
    start = rattled(bi2se3(), "a", 0.1)
    whole = relaxed(relaxation, tmp_path / "whole", start)
    with monkeypatch.context() as patch:
        patch.setenv("VASP_STD_FAULT", "killed")
        assert isinstance(relaxed(relaxation, tmp_path, start), Rejected)
    reached = Poscar.from_file(tmp_path / "a/CONTCAR").structure
    outcome = relaxed(relaxation, tmp_path, start)
    assert isinstance(outcome, Relaxed)
    begun = Vasprun(tmp_path / "a/vasprun.xml", parse_potcar_file=False).initial_structure
    assert begun.lattice.matrix == pytest.approx(reached.lattice.matrix, abs=1e-6)
    assert begun.lattice != Poscar.from_file(tmp_path / "whole/a/POSCAR").structure.lattice
    # What was done before is kept as well, and the end is the same.
    assert (tmp_path / "a/cut.1.tar.gz").exists()
    assert outcome.energy / 5 == pytest.approx(whole.energy / 5, abs=0.01)


@pytest.mark.parametrize("text", ["", "Bi2 Se3\n1.0\n4.1 0"])
def test_a_broken_contcar_is_not_gone_on_from(relaxation, tmp_path, monkeypatch, text):
    with monkeypatch.context() as patch:
        patch.setenv("VASP_STD_FAULT", "killed")
        relaxed(relaxation, tmp_path, bi2se3())
    first = (tmp_path / "bi2se3/POSCAR").read_text()
    (tmp_path / "bi2se3/CONTCAR").write_text(text)
    assert isinstance(relaxed(relaxation, tmp_path, bi2se3()), Relaxed)
    assert (tmp_path / "bi2se3/POSCAR").read_text() == first


def test_a_finished_calculation_is_read_and_not_repeated(relaxation, tmp_path, monkeypatch):
    outcome = relaxed(relaxation, tmp_path, rocksalt())
    monkeypatch.setenv("VASP_STD_FAULT", "killed")
    again = relaxed(relaxation, tmp_path, rocksalt())
    assert again.energy == outcome.energy
    np.testing.assert_array_equal(again.atoms.positions, outcome.atoms.positions)


def test_nothing_goes_on_from_a_calculation_of_something_else(relaxation, tmp_path, monkeypatch):
    relaxed(relaxation, tmp_path, rocksalt())
    other = relaxation.model_copy(update={"vasp": relaxation.vasp.model_copy(update={"encut": 400.0})})
    outcome = relaxed(other, tmp_path, rocksalt())
    run = Vasprun(tmp_path / "rocksalt/vasprun.xml", parse_potcar_file=False)
    assert run.incar["ENCUT"] == 400
    assert outcome.steps == len(run.ionic_steps) > 1
    assert not (tmp_path / "rocksalt/cut.1.tar.gz").exists()


KILLED = """
import sys
from pathlib import Path
from ccdcgan.config import Relaxation
from ccdcgan.structures import read_structures
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
