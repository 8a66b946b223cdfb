from functools import reduce

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Structure
from scipy.spatial.transform import Rotation

from ccdcgan.config.configuration import Config
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import Reason, Rejected, to_pymatgen
from ccdcgan.representation.voxels.crystal import decode
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel
from tests.representation.voxels.crystals import DECODING, LAPTOP, PAPER, STEPS, SYSTEM, varied


def draw(cell: np.ndarray, positions: list[np.ndarray], voxels: Voxels) -> tuple[np.ndarray, np.ndarray]:
    return np.stack([sites_voxel(np.array(atoms), voxels) for atoms in positions]), lattice_voxel(cell, voxels)


def round_trip(atoms: Atoms, voxels: Voxels, noise: float = 0.0, seed: int = 0) -> Structure:
    found = cluster(atoms, SYSTEM, voxels)
    rng = np.random.default_rng(seed)
    noisy = [voxel + rng.normal(scale=noise, size=voxel.shape) for voxel in draw(found.cell, found.positions, voxels)]
    return decode(*noisy, SYSTEM, voxels, DECODING)


def displacement(fit: StructureMatcher, expected: Structure, found: Structure) -> float:
    """Root mean square displacement in angstrom; infinite without a match."""
    result = fit.get_rms_dist(expected, found)
    return np.inf if result is None else result[0] * (expected.volume / len(expected)) ** (1 / 3)


@pytest.mark.parametrize("voxels", [LAPTOP, PAPER], ids=["32", "64"])
def test_every_crystal_comes_back(config: Config, voxels: Voxels):
    fit = matcher(config.matching)
    for atoms in varied():
        expected, found = to_pymatgen(atoms), round_trip(atoms, voxels)
        assert displacement(fit, expected, found) < 0.001
        niggli = expected.lattice.get_niggli_reduced_lattice()
        np.testing.assert_allclose(found.lattice.abc, niggli.abc, rtol=1e-4)
        np.testing.assert_allclose(found.lattice.angles, niggli.angles, atol=0.01)


@pytest.mark.parametrize(("voxels", "noise"), [(LAPTOP, 0.03), (LAPTOP, 0.05), (PAPER, 0.03)])
def test_every_crystal_comes_back_through_noise(config: Config, voxels: Voxels, noise: float):
    fit = matcher(config.matching)
    for atoms in varied()[::3]:
        assert displacement(fit, to_pymatgen(atoms), round_trip(atoms, voxels, noise)) < 0.25


@settings(deadline=None, max_examples=40)
@given(
    number=st.integers(0, len(varied()) - 1),
    steps=st.lists(st.sampled_from(STEPS), max_size=6),
    shift=st.tuples(*[st.floats(-20, 20)] * 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_decoded_crystal_does_not_depend_on_how_it_was_written_down(number, steps, shift, seed):
    atoms = varied()[number]
    rng = np.random.default_rng(seed)
    written = atoms[rng.permutation(len(atoms))]
    rotation = Rotation.random(random_state=rng).as_matrix()
    written.set_cell(reduce(np.matmul, steps, np.eye(3)) @ atoms.cell.array @ rotation)
    written.positions = (written.positions + shift) @ rotation
    expected, found = round_trip(atoms, LAPTOP), round_trip(written, LAPTOP)
    np.testing.assert_allclose(found.lattice.matrix, expected.lattice.matrix, atol=0.005)
    for symbol in SYSTEM:
        one, other = (
            [site.frac_coords for site in crystal if site.specie.symbol == symbol] for crystal in (expected, found)
        )
        apart = found.lattice.get_all_distances(one, other)
        assert apart.shape[0] == apart.shape[1]
        assert apart.min(axis=0).max() < 0.01


CELL = np.diag([5.0, 5.5, 6.0])


def test_periodic_images_are_one_atom():
    se = [[2.4, 0.1, 0], [-2.4, -0.1, 0.1]]
    structure = decode(*draw(CELL, [[[0, 0, 2]], se], LAPTOP), SYSTEM, LAPTOP, DECODING)
    assert structure.formula == "Bi1 Se1"
    expected = structure.lattice.get_fractional_coords([2.5, 0, 0.05])
    assert structure.lattice.get_distance_and_image(structure[1].frac_coords, expected)[0] < 0.01


def test_images_that_are_further_apart_are_atoms():
    se = [[2.2, 0, 0], [-2.2, 0, 0]]
    assert decode(*draw(CELL, [[[0, 0, 2]], se], LAPTOP), SYSTEM, LAPTOP, DECODING).formula == "Bi1 Se2"


def test_three_elements_keep_their_order():
    positions = [[[0, 0, 2]], [[2, 0, 0], [-2, 0, -2]], [[0, 2.5, -1]]]
    system = ["Te", "Bi", "Se"]
    structure = decode(*draw(CELL, positions, LAPTOP), system, LAPTOP, DECODING)
    assert [site.specie.symbol for site in structure] == ["Te", "Bi", "Bi", "Se"]


@pytest.mark.parametrize(
    ("cell", "positions", "reason", "word"),
    [
        (np.diag([5.0, 5.0, 40.0]), [[[0, 0, 2]], [[0, 0, 0]]], Reason.NO_LATTICE, "edges"),
        (CELL, [[[0, 0, 2]], np.empty((0, 3))], Reason.NO_ATOMS, "Se"),
        (CELL, [[[0, 0, 2]], np.mgrid[-4:5:2, -4:5:2, -4:5:4].reshape(3, -1).T], Reason.TOO_MANY_ATOMS, "76 peaks"),
        (np.diag([8.0, 8.0, 8.0]), [[[0, 0, 2]], [[0, 0, -2]]], Reason.VOLUME, "256 angstrom"),
        (CELL, [[[0, 0, 2]], [[0, 0, 2.3]]], Reason.TOO_CLOSE, "Bi-Se 0.30"),
        (CELL, [[[2.4, 0, 2]], [[-2.4, 0, 2]]], Reason.TOO_CLOSE, "Bi-Se 0.20"),
    ],
)
def test_reasons(cell, positions, reason, word):
    with pytest.raises(Rejected, match=word) as caught:
        decode(*draw(cell, positions, LAPTOP), SYSTEM, LAPTOP, DECODING)
    assert caught.value.reason == reason


def test_number_of_voxels_is_that_of_elements():
    with pytest.raises(ValueError, match="found 2 sites voxels, expected one for each of Bi-Se-Te"):
        decode(*draw(CELL, [[[0, 0, 2]], [[0, 0, 0]]], LAPTOP), ["Bi", "Se", "Te"], LAPTOP, DECODING)
