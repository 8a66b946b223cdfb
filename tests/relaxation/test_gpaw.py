"""The engine `gpaw`; what runs GPAW itself is marked, left out by default and run by `make validate`."""

import tomllib
from importlib.util import find_spec

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.build import bulk
from ase.filters import FrechetCellFilter
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice
from pymatgen.io.vasp import Kpoints

from ccdcgan.crystals.structures import Reason, to_pymatgen
from ccdcgan.relaxation import gpaw as module
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.gpaw import GPAWEngine, kpoints, primitive_cell, symmetry
from ccdcgan.relaxation.registry import load_engine
from tests.conftest import ROOT, bi2se3, caesium_chloride, rattled, rocksalt


def small(config, **changes):
    """Settings for cells of one or two atoms in seconds: far from converged, and bounds that metals keep too."""
    own = config.relaxation.gpaw.model_copy(update={"cutoff": 200.0, "kpoint_length": 8.0, **changes})
    return config.relaxation.model_copy(
        update={"engine": "gpaw", "gpaw": own, "min_distance": None, "volume_per_atom": None}
    )


def aluminium(a=4.0):
    atoms = bulk("Al", a=a)
    atoms.info = {"id": "al"}
    return atoms


def energy(outcome):
    assert isinstance(outcome, Relaxed), outcome
    return outcome.energy / len(outcome.atoms)


def only(engine, atoms):
    [(name, outcome)] = engine.relax([atoms])
    assert name == atoms.info["id"]
    return outcome


def test_without_gpaw_one_sentence_says_how_to_install_it(config, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"'relaxation\.engine': found gpaw") as caught:
        load_engine(config.relaxation.model_copy(update={"engine": "gpaw"}), 1, tmp_path)
    assert module.INSTALL in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_install_line_is_that_of_the_makefile_and_names_an_extra():
    recipe = (ROOT / "Makefile").read_text().replace("$(BIN)", ".venv/bin").replace(" --quiet", "")
    assert module.INSTALL in recipe
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {requirement.split("==")[0] for requirement in extras["dft"]} == {"gpaw", "gpaw-data"}


def test_symmetrising_undoes_noise_and_keeps_the_crystal():
    noisy = rattled(bi2se3() * (1, 1, 2), "noisy", size=0.002)
    primitive = primitive_cell(noisy)
    assert len(primitive) == 5
    symmetry = spglib.get_symmetry_dataset(
        (primitive.cell.array, primitive.get_scaled_positions(), primitive.numbers), symprec=1e-5
    )
    assert symmetry.number == 166
    assert primitive.get_volume() / 5 == pytest.approx(noisy.get_volume() / 10, rel=1e-6)
    matcher = StructureMatcher(ltol=0.01, stol=0.01, angle_tol=0.5, scale=False)
    assert matcher.fit(to_pymatgen(primitive), to_pymatgen(bi2se3()))


def test_the_cell_is_reduced_so_that_no_angle_is_sharp():
    assert min(bi2se3().cell.angles()) < 30
    assert min(primitive_cell(bi2se3()).cell.angles()) >= 59.99


@pytest.mark.parametrize(("atoms", "order"), [(rocksalt(), 48), (bi2se3(), 4)], ids=["cubic", "two equal axes"])
def test_the_operations_are_a_group_of_the_crystal_that_mixes_no_different_axes(atoms, order):
    cell = primitive_cell(atoms)
    found = symmetry(cell)
    assert len(found["rotations"]) == order
    members = {rotation.tobytes() for rotation in found["rotations"]}
    assert {(one @ other).tobytes() for one in found["rotations"] for other in found["rotations"]} == members
    lengths, positions = cell.cell.lengths(), cell.get_scaled_positions()
    for rotation, translation in zip(found["rotations"], found["translations"], strict=True):
        np.testing.assert_allclose(np.linalg.norm(rotation @ cell.cell.array, axis=1), lengths)
        for mixed in np.argwhere(rotation):
            assert lengths[mixed[0]] == pytest.approx(lengths[mixed[1]])
        for position, number in zip(positions @ rotation + translation, cell.numbers, strict=True):
            away = position - positions
            there = np.linalg.norm(away - away.round(), axis=1).argmin()
            np.testing.assert_allclose((away - away.round())[there], 0, atol=1e-6)
            assert cell.numbers[there] == number


@given(st.tuples(*[st.floats(2.5, 30.0)] * 3), st.sampled_from([20.0, 40.0]))
@settings(max_examples=30, deadline=None)
def test_k_points_are_those_of_pymatgen(edges, length):
    atoms = Atoms("Bi", cell=edges, pbc=True)
    oracle = Kpoints.automatic_density_by_lengths(to_pymatgen(atoms), [length] * 3, force_gamma=True)
    assert kpoints(atoms, length) == tuple(oracle.kpts[0])
    assert Lattice(atoms.cell.array).abc == pytest.approx(edges)


@pytest.mark.gpaw
def test_gpaw_is_really_there():
    assert find_spec("gpaw") is not None, f"expected GPAW, installed by: {module.INSTALL}"


def stretched():
    """Aluminium pulled along its diagonal: a rhombohedral cell, whose reduced axes differ."""
    atoms = aluminium()
    along = np.ones((3, 3)) / 3
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + 0.1 * along), scale_atoms=True)
    return atoms


@pytest.mark.gpaw
@pytest.mark.parametrize("atoms", [aluminium(), stretched()], ids=["cubic", "rhombohedral"])
def test_a_single_point_is_that_of_gpaw_without_symmetry(config, tmp_path, atoms):
    from gpaw import GPAW, PW, FermiDirac

    own = small(config)
    outcome = only(load_engine(own, 1, tmp_path), atoms)
    alone = primitive_cell(atoms)
    alone.calc = GPAW(
        mode=PW(200),
        xc="PBE",
        kpts={"size": kpoints(alone, 8.0), "gamma": True},
        occupations=FermiDirac(own.gpaw.smearing),
        symmetry="off",
        txt=None,
    )
    assert outcome.energy == pytest.approx(alone.get_potential_energy(), abs=1e-3)
    assert outcome.fmax == pytest.approx(np.linalg.norm(FrechetCellFilter(alone).get_forces(), axis=1).max(), rel=0.02)
    np.testing.assert_array_equal(outcome.atoms.positions, atoms.positions)
    assert outcome.steps == 0
    log = (tmp_path / "al" / "gpaw.txt").read_text()
    assert "PBE" in log
    assert "Converged in" in log


@pytest.mark.gpaw
def test_a_supercell_has_the_energy_of_its_primitive_cell(config, tmp_path):
    double = rattled(aluminium() * (1, 1, 2), "double", size=0.002)
    engine = load_engine(small(config), 1, tmp_path)
    outcome = only(engine, double)
    assert len(outcome.atoms) == 2
    assert energy(outcome) == pytest.approx(energy(only(engine, aluminium())), abs=2e-3)


@pytest.mark.gpaw
def test_a_strained_cell_relaxes_to_lower_energy_and_small_forces(config, tmp_path):
    own = small(config, relax=True).model_copy(update={"fmax": 0.05})
    before = only(GPAWEngine(small(config), tmp_path), aluminium(a=4.3))
    after = only(GPAWEngine(own, tmp_path), aluminium(a=4.3))
    assert energy(after) < energy(before)
    assert after.fmax <= 0.05 < before.fmax
    assert after.steps > 0
    assert after.atoms.info["id"] == "al"
    assert 14.0 < after.atoms.get_volume() < 19.0  # measured: 16.6 angstrom^3
    assert (tmp_path / "al" / "relaxation.txt").exists()
    limited = only(GPAWEngine(own.model_copy(update={"max_steps": 1}), tmp_path), aluminium(a=4.3))
    assert limited.reason is Reason.NOT_CONVERGED
    assert "after 1 steps" in limited.detail


@pytest.mark.gpaw
def test_failures_become_rows_and_the_batch_goes_on(config, tmp_path):
    overlapping = caesium_chloride(name="overlapping")
    overlapping.positions[1] = overlapping.positions[0] + [0.3, 0, 0]
    lost = rocksalt(name="lost")
    lost.positions[0, 0] = np.nan
    unknown = aluminium(a=5.0)
    unknown.symbols[:] = "U"
    unknown.info = {"id": "unknown"}
    structures = [overlapping, lost, unknown, rocksalt(a=20.0, name="isolated"), aluminium()]
    own = small(config)
    _, table = relax_batch(structures, lambda: load_engine(own, 1, tmp_path), own, tmp_path / "journal")
    rows = table.set_index("id")
    assert list(rows["reason"].dropna()) == ["too_close", "not_finite", "engine_error", "volume"]
    assert "U" in rows.loc["unknown", "detail"]
    assert rows.loc["al", "status"] == "relaxed"


@pytest.mark.gpaw
def test_time_is_limited_inside_one_calculation(config, tmp_path):
    own = small(config).model_copy(update={"time_limit": 1e-6})
    outcome = only(load_engine(own, 1, tmp_path), aluminium())
    assert outcome.reason is Reason.TIME_LIMIT


@pytest.mark.gpaw
def test_the_scale_names_functional_cutoff_k_points_and_version(config, tmp_path):
    import gpaw

    scale = load_engine(small(config), 1, tmp_path).scale
    assert scale == f"PBE by GPAW {gpaw.__version__}, cutoff 200 eV, k-points 8 angstrom, smearing 0.1 eV"
