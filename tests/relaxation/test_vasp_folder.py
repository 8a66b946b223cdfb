"""Folders as the engine leaves them; the parsers are pymatgen's."""

import gzip

import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.io.vasp.inputs import Poscar
from pymatgen.io.vasp.outputs import Oszicar, Outcar, Vasprun

from ccdcgan.crystals.structures import Rejected, to_pymatgen
from ccdcgan.relaxation.engine import Relaxed
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt
from tests.relaxation.outcomes import relaxed

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


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
