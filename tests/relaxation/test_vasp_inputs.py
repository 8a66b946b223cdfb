import math

import numpy as np
import pytest
import spglib
from ase.cell import Cell
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymatgen.core import SETTINGS, Lattice, Structure
from pymatgen.io.vasp.inputs import Kpoints

from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.relaxation.vasp_inputs import vasp_inputs
from tests.conftest import bi2se3
from tests.vasp_std.installation import write_potcars

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


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
