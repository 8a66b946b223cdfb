from functools import reduce
from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.cell import Cell
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice
from scipy.spatial.transform import Rotation

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.representation.voxels.imaging import cluster, margin
from ccdcgan.representation.voxels.sites import find_peaks, sites_voxel
from tests.representation.voxels.crystals import LAPTOP, PAPER, STEPS, SYSTEM, prototype, random_crystal, varied


def voxels_of(atoms: Atoms) -> tuple[np.ndarray, np.ndarray]:
    found = cluster(atoms, SYSTEM, LAPTOP)
    return found.cell, np.stack([sites_voxel(positions, LAPTOP) for positions in found.positions])


def surroundings(atoms: Atoms, symbols: tuple[str, str]) -> np.ndarray:
    """Sorted distances below 5 angstrom between two elements, periodic images included."""
    return np.sort(neighbor_list("d", atoms, {symbols: 5.0}))


@pytest.mark.parametrize("atoms", varied(), ids=lambda atoms: atoms.info["id"])
def test_cluster_is_the_same_crystal_in_its_niggli_cell(atoms):
    found = cluster(atoms, SYSTEM, LAPTOP)
    symbols = [symbol for symbol, positions in zip(SYSTEM, found.positions, strict=True) for _ in positions]
    same = Atoms(symbols, cell=found.cell, positions=np.concatenate(found.positions), pbc=True)
    assert sorted(same.symbols) == sorted(atoms.symbols)
    for pair in (("Bi", "Bi"), ("Bi", "Se"), ("Se", "Se")):
        np.testing.assert_allclose(surroundings(same, pair), surroundings(atoms, pair), atol=1e-6)

    oracle = Lattice(atoms.cell.array).get_niggli_reduced_lattice()
    np.testing.assert_allclose(Cell(found.cell).cellpar(), oracle.parameters, atol=1e-3)
    assert np.linalg.det(found.cell) > 0
    np.testing.assert_array_equal(found.cell, np.tril(found.cell))


@pytest.mark.parametrize("atoms", varied(), ids=lambda atoms: atoms.info["id"])
def test_cluster_is_centred_and_no_larger_than_the_cell(atoms):
    found = cluster(atoms, SYSTEM, LAPTOP)
    positions = np.concatenate(found.positions)
    np.testing.assert_allclose(positions.min(axis=0), -positions.max(axis=0), atol=1e-9)
    assert (np.ptp(positions, axis=0) < np.diag(found.cell)).all()


@pytest.mark.parametrize("seed", range(0, 70, 7))
def test_extent_along_z_then_y_then_x_is_the_smallest_of_all_choices_of_images(seed):
    few = Atoms("BiSe2", cell=random_crystal(seed).cell, pbc=True)
    few.set_scaled_positions(np.random.default_rng(seed).random((3, 3)))
    found = cluster(few, SYSTEM, PAPER)
    chosen = np.concatenate(found.positions)
    shifts = np.array(list(product((-2, -1, 0, 1, 2), repeat=3))) @ found.cell
    second, third = np.meshgrid(range(len(shifts)), range(len(shifts)))
    every = chosen + np.stack([0 * shifts[second], shifts[second], shifts[third]], axis=-2)
    extents = np.round(np.ptp(every.reshape(-1, 3, 3), axis=1), 6)
    smallest = min(extents[:, ::-1].tolist())
    np.testing.assert_allclose(np.ptp(chosen, axis=0)[::-1], smallest, atol=1e-5)


@settings(deadline=None)
@given(
    number=st.integers(0, len(varied()) - 1),
    steps=st.lists(st.sampled_from(STEPS), max_size=6),
    shift=st.tuples(*[st.floats(-20, 20)] * 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_voxels_do_not_depend_on_how_the_crystal_is_written_down(number, steps, shift, seed):
    atoms = varied()[number]
    rng = np.random.default_rng(seed)
    written = atoms[rng.permutation(len(atoms))]
    rotation = Rotation.random(random_state=rng).as_matrix()
    vectors = reduce(np.matmul, steps, np.eye(3)) @ atoms.cell.array
    written.positions = (written.positions + shift) @ rotation
    written.set_cell(vectors @ rotation)
    for expected, found in zip(voxels_of(atoms), voxels_of(written), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_left_handed_vectors_are_the_same_crystal_and_the_mirror_image_is_another():
    quartz = prototype("quartz")
    swapped = quartz.copy()
    swapped.set_cell(quartz.cell.array[[1, 0, 2]])
    assert swapped.cell.handedness == -quartz.cell.handedness
    mirrored = quartz.copy()
    mirrored.set_cell(quartz.cell.array * [1, 1, -1])
    mirrored.positions *= [1, 1, -1]
    _, expected = voxels_of(quartz)
    np.testing.assert_allclose(voxels_of(swapped)[1], expected, atol=1e-3)
    assert np.abs(voxels_of(mirrored)[1] - expected).max() > 0.5


def test_layers_are_not_cut():
    found = cluster(prototype("tetradymite"), SYSTEM, PAPER)
    heights = np.sort(np.concatenate(found.positions)[:, 2])
    assert np.diff(heights).max() < 2.5


@pytest.mark.parametrize("voxels", [LAPTOP, PAPER])
def test_atom_at_the_margin_is_a_peak_inside_the_outermost_voxels(voxels):
    reach = voxels.sites_box / 2 - margin(voxels)
    corners = reach * np.array(list(product((-1, 1), repeat=3)))
    peaks = find_peaks(sites_voxel(corners, voxels), voxels, 0.3)
    assert len(peaks) == 8
    assert np.abs(peaks).max() < voxels.sites_box / 2 - voxels.sites_box / voxels.sites_grid


def test_any_cell_shorter_than_the_box_less_its_margins_fits():
    edge = 2 * (LAPTOP.sites_box / 2 - margin(LAPTOP))
    rng = np.random.default_rng(0)
    for angle in (60, 75, 90, 109):
        cell = Cell.fromcellpar([edge, edge, edge, angle, angle, angle])
        crowded = Atoms("Bi20Se20", cell=cell, scaled_positions=rng.random((40, 3)), pbc=True)
        cluster(crowded, SYSTEM, LAPTOP)


def test_reasons():
    def reason(atoms: Atoms) -> Reason:
        with pytest.raises(Rejected) as caught:
            cluster(atoms, SYSTEM, LAPTOP)
        return caught.value.reason

    long = Atoms("BiSe", cell=[4, 4, 24], positions=[[0, 0, 0], [0, 0, 12]], pbc=True)
    assert reason(long) == Reason.OUTSIDE_BOX
    assert reason(Atoms("Bi2", cell=[4, 4, 4], positions=[[0, 0, 0], [2, 2, 2]], pbc=True)) == Reason.NO_ATOMS
    assert reason(Atoms("BiSe", cell=[4, 4, 4], positions=[[0, 0, 0], [np.nan, 2, 2]], pbc=True)) == Reason.NOT_FINITE
    assert (
        reason(Atoms("BiSe", cell=[[4, 0, 0], [8, 0, 0], [0, 0, 4]], positions=np.eye(3)[:2], pbc=True))
        == Reason.NO_LATTICE
    )
    flat = [[6.0, 1.0, 0.0], [6000.0, 1000.0, 1e-3], [0.0, 0.0, 4.0]]
    assert reason(Atoms("BiSe", cell=flat, positions=np.eye(3)[:2], pbc=True)) == Reason.NO_LATTICE
    with pytest.raises(ValueError, match="found atoms of Te"):
        cluster(Atoms("BiTe", cell=[4, 4, 4], positions=[[0, 0, 0], [2, 2, 2]], pbc=True), SYSTEM, LAPTOP)
