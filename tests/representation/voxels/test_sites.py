import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist

from ccdcgan.representation.voxels.imaging import margin
from ccdcgan.representation.voxels.sites import find_peaks, sites_voxel
from tests.representation.voxels.crystals import LAPTOP, PAPER, read_sites

GRIDS = pytest.mark.parametrize("voxels", [LAPTOP, PAPER], ids=["32", "64"])


def cloud(count: int, min_distance: float, reach: float, rng: np.random.Generator) -> np.ndarray:
    """Random points within a cube, none nearer to another than a distance, in angstrom."""
    points = rng.uniform(-reach, reach, (1, 3))
    while len(points) < count:
        trial = rng.uniform(-reach, reach, (1, 3))
        if cdist(points, trial).min() > min_distance:
            points = np.vstack([points, trial])
    return points


def errors(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Distances in angstrom of each expected atom to its own found one."""
    assert found.shape == expected.shape
    apart = cdist(expected, found)
    return apart[linear_sum_assignment(apart)]


@GRIDS
def test_density_is_the_sum_over_atoms_of_equation_4(voxels):
    rng = np.random.default_rng(0)
    atoms = cloud(5, 1.0, 4.0, rng)
    voxel = sites_voxel(atoms, voxels)
    assert voxel.dtype == np.float32
    edge = voxels.sites_box / voxels.sites_grid
    for index in rng.integers(0, voxels.sites_grid, (200, 3)):
        point = (index + 0.5) * edge - voxels.sites_box / 2
        expected = np.exp(-((atoms - point) ** 2).sum(axis=1) / (2 * voxels.sites_sigma**2)).sum()
        assert voxel[tuple(index)] == pytest.approx(expected, abs=1e-6)


def test_axis_operations_of_the_array_are_those_of_the_crystal():
    atoms = cloud(6, 1.0, 4.0, np.random.default_rng(0))
    voxel = sites_voxel(atoms, LAPTOP)
    np.testing.assert_allclose(voxel[::-1], sites_voxel(atoms * [-1, 1, 1], LAPTOP), atol=1e-6)
    np.testing.assert_allclose(voxel.transpose(2, 0, 1), sites_voxel(atoms[:, [2, 0, 1]], LAPTOP), atol=1e-6)


@GRIDS
@settings(deadline=None)
@given(count=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_reading_inverts_drawing(voxels, count, seed):
    reach = voxels.sites_box / 2 - margin(voxels)
    atoms = cloud(count, 3 * voxels.sites_sigma, reach, np.random.default_rng(seed))
    assert errors(read_sites(sites_voxel(atoms, voxels), voxels, 0.3), atoms).max() < 1e-4


@GRIDS
def test_overlapping_neighbours_do_not_pull_at_each_other(voxels):
    pair = np.array([[-1.5, 0.0, 0.0], [1.5, 0.0, 0.0]]) * voxels.sites_sigma + 0.1
    voxel = sites_voxel(pair, voxels)
    assert voxel[tuple(np.array(voxel.shape) // 2)] > 0.5
    assert errors(read_sites(voxel, voxels, 0.3), pair).max() < 1e-3


def test_atoms_without_a_maximum_of_their_own_are_found_in_what_the_others_leave():
    rng = np.random.default_rng(0)
    corners = 2.4 * LAPTOP.sites_sigma * np.indices((2, 2, 2)).reshape(3, -1).T
    for _ in range(20):
        atoms = corners + rng.uniform(-1, 1, 3)
        voxel = sites_voxel(atoms, LAPTOP)
        assert len(find_peaks(voxel, LAPTOP, 0.3)) < len(atoms)
        assert errors(read_sites(voxel, LAPTOP, 0.3), atoms).max() < 1e-2


@GRIDS
@pytest.mark.parametrize("noise", [0.01, 0.03, 0.05, 0.08])
def test_noise_moves_atoms_little_and_makes_none(voxels, noise):
    rng = np.random.default_rng(0)
    for _ in range(5):
        atoms = cloud(10, 2.2, 4.5, rng)
        voxel = sites_voxel(atoms, voxels) + rng.normal(scale=noise, size=(voxels.sites_grid,) * 3).astype(np.float32)
        assert errors(read_sites(voxel, voxels, 0.3), atoms).max() < 1.2 * noise


@GRIDS
def test_clipped_peaks_are_one_atom_each(voxels):
    atoms = cloud(10, 2.2, 4.5, np.random.default_rng(0))
    voxel = np.minimum(2 * sites_voxel(atoms, voxels), 1)
    assert (voxel == 1).sum() > 3 * len(atoms)
    assert errors(read_sites(voxel, voxels, 0.3), atoms).max() < 0.05


@pytest.mark.parametrize("width", [0.75, 1.25])
def test_blobs_of_another_width_keep_their_places(width):
    atoms = cloud(10, 2.2, 4.5, np.random.default_rng(0))
    drawn = LAPTOP.model_copy(update={"sites_sigma": width * LAPTOP.sites_sigma})
    assert errors(read_sites(sites_voxel(atoms, drawn), LAPTOP, 0.3), atoms).max() < 0.05


def test_single_high_voxel_is_no_atom():
    atoms = np.array([[2.0, 0.0, 0.0]])
    voxel = sites_voxel(atoms, LAPTOP)
    voxel[5, 5, 5] = 0.9
    assert len(find_peaks(voxel, LAPTOP, 0.3)) == 2
    assert errors(read_sites(voxel, LAPTOP, 0.3), atoms).max() < 1e-3


def test_maxima_nearer_than_two_sigma_are_one():
    atoms = cloud(10, 2.2, 4.5, np.random.default_rng(0))
    rough = sites_voxel(atoms, LAPTOP) + np.random.default_rng(1).normal(scale=0.15, size=(32, 32, 32)).astype(
        np.float32
    )
    peaks = find_peaks(rough, LAPTOP, 0.3)
    assert pdist(peaks).min() > 2 * LAPTOP.sites_sigma
    assert cdist(atoms, peaks).min(axis=1).max() < 2 * LAPTOP.sites_sigma


@pytest.mark.parametrize("value", [0.0, 0.29, np.nan])
def test_nothing_above_the_threshold_is_no_atom(value):
    assert read_sites(np.full((32, 32, 32), value, dtype=np.float32), LAPTOP, 0.3).shape == (0, 3)


def test_full_box_is_one_plateau():
    np.testing.assert_allclose(find_peaks(np.ones((32, 32, 32), dtype=np.float32), LAPTOP, 0.3), [[0, 0, 0]], atol=1e-9)


def test_peaks_at_the_walls_are_found():
    atoms = np.array([[-5.9, -5.9, -5.9], [5.9, 0.0, 0.0]])
    assert errors(read_sites(sites_voxel(atoms, LAPTOP), LAPTOP, 0.3), atoms).max() < 1e-3


def test_wrong_shape_is_an_error():
    with pytest.raises(ValueError, match=r"shape \(64, 64, 64\), expected \(32, 32, 32\)"):
        read_sites(np.zeros((64, 64, 64), dtype=np.float32), LAPTOP, 0.3)
