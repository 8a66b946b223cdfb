import numpy as np
import pytest
from ase.cell import Cell
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel, read_lattice
from tests.representation.voxels.crystals import LAPTOP, PAPER, SYSTEM, varied

SIGMAS = pytest.mark.parametrize("voxels", [LAPTOP, PAPER], ids=["1.0", "0.26"])
CELLS = [cluster(atoms, SYSTEM, LAPTOP).cell for atoms in varied()]


def differences(found: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Largest relative difference of edges, and largest difference of angles in degrees."""
    one, other = Cell(found).cellpar(), Cell(expected).cellpar()
    return np.abs(one / other - 1)[:3].max(), np.abs(one - other)[3:].max()


@SIGMAS
def test_density_is_equation_3_at_the_distance_from_the_centre(voxels):
    cell = Lattice.from_parameters(4.1, 6.3, 8.2, 75, 98, 110)
    voxel = lattice_voxel(cell.matrix, voxels)
    assert voxel.dtype == np.float32
    for index in np.random.default_rng(0).integers(0, 32, (200, 3)):
        distance = np.linalg.norm(cell.get_cartesian_coords((index + 0.5) / 32 - 0.5))
        expected = np.exp(-(distance**2) / (2 * voxels.lattice_sigma**2))
        assert voxel[tuple(index)] == pytest.approx(expected, abs=1e-6)


@SIGMAS
@settings(deadline=None)
@given(
    edges=st.tuples(*[st.floats(2.5, 10)] * 3),
    angles=st.tuples(*[st.floats(55, 125)] * 3),
)
def test_reading_inverts_drawing(voxels, edges, angles):
    assume(Lattice.from_parameters(*edges, *angles).volume > 0.4 * np.prod(edges))
    cell = Cell.fromcellpar([*edges, *angles]).array
    found = read_lattice(lattice_voxel(cell, voxels), voxels)
    np.testing.assert_array_equal(found, np.tril(found))
    lengths, degrees = differences(found, cell)
    assert lengths < 1e-4
    assert degrees < 1e-2


@pytest.mark.parametrize(
    ("voxels", "noise", "lengths", "degrees"),
    [
        (LAPTOP, 0.01, 0.004, 0.3),
        (LAPTOP, 0.03, 0.012, 0.8),
        (LAPTOP, 0.05, 0.02, 1.4),
        (PAPER, 0.01, 0.02, 2.0),
        (PAPER, 0.03, 0.06, 5.0),
    ],
)
def test_noise(voxels, noise, lengths, degrees):
    rng = np.random.default_rng(0)
    for cell in CELLS[::4]:
        noisy = lattice_voxel(cell, voxels) + rng.normal(scale=noise, size=(32, 32, 32))
        found = differences(read_lattice(noisy, voxels), cell)
        assert found[0] < lengths
        assert found[1] < degrees


def test_narrow_gaussian_of_the_paper_is_inverted():
    narrow = LAPTOP.model_copy(update={"lattice_sigma": 0.15})
    for cell in CELLS[::4]:
        assert max(differences(read_lattice(lattice_voxel(cell, narrow), narrow), cell)) < 0.01


@pytest.mark.parametrize("height", [0.4, 0.8, 1.5])
def test_height_of_the_gaussian_does_not_matter(height):
    for cell in CELLS[::10]:
        assert max(differences(read_lattice(height * lattice_voxel(cell, LAPTOP), LAPTOP), cell)) < 1e-3


def test_clipped_top_and_background_matter_little():
    for cell in CELLS[::10]:
        voxel = np.clip(1.1 * lattice_voxel(cell, LAPTOP), 0.02, 1)
        assert differences(read_lattice(voxel, LAPTOP), cell)[0] < 0.05


def test_what_shows_no_lattice_is_rejected():
    shape = (32, 32, 32)
    ideal = lattice_voxel(5 * np.eye(3), LAPTOP)
    away = np.roll(ideal, 12, axis=0)
    ridge = np.broadcast_to(ideal[:, :, 15:16], shape)
    valley = ridge * np.cosh(np.linspace(-1, 1, 32))
    for voxel, word in [
        (np.zeros(shape), "highest value"),
        (-ideal, "highest value"),
        (np.where(ideal > 0.5, np.nan, ideal), "finite"),
        (away, "the centre"),
        (np.where(ideal < ideal.max(), 0, ideal), "8 voxels"),
        (valley, "eigenvalue"),
        (lattice_voxel(np.diag([0.5, 5, 5]), LAPTOP), "edges"),
        (lattice_voxel(np.diag([5, 5, 30]), LAPTOP), "edges"),
        (lattice_voxel(Cell.fromcellpar([6, 6, 6, 90, 90, 8]).array, LAPTOP), "volume"),
    ]:
        with pytest.raises(Rejected, match=word) as caught:
            read_lattice(voxel, LAPTOP)
        assert caught.value.reason == Reason.NO_LATTICE


def test_wrong_shape_is_an_error():
    with pytest.raises(ValueError, match=r"shape \(16, 16, 16\), expected \(32, 32, 32\)"):
        read_lattice(np.zeros((16, 16, 16)), LAPTOP)
