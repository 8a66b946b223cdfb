"""What must hold for every crystal, on both grids; each invariance of the imaging rule by itself."""

from itertools import permutations, product

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from ccdcgan.config.voxels import Voxels
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel, read_lattice
from ccdcgan.representation.voxels.sites import sites_voxel
from tests.conftest import rattled
from tests.representation.voxels.crystals import DECODING, LAPTOP, PAPER, SYSTEM, read_sites, varied

GRIDS = pytest.mark.parametrize("voxels", [LAPTOP, PAPER], ids=["32", "64"])
CRYSTALS = st.integers(0, len(varied()) - 1).map(lambda number: varied()[number])
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(deadline=None, max_examples=10)

# Exchanges and reversals of the lattice vectors, half of them left-handed.
EXCHANGES = [np.eye(3)[list(order)] * signs for order in permutations(range(3)) for signs in product((1, -1), repeat=3)]


def draw(atoms: Atoms, voxels: Voxels) -> list[np.ndarray]:
    found = cluster(atoms, SYSTEM, voxels)
    return [lattice_voxel(found.cell, voxels), *(sites_voxel(positions, voxels) for positions in found.positions)]


def assert_same(atoms: Atoms, written: Atoms, voxels: Voxels) -> None:
    for expected, found in zip(draw(atoms, voxels), draw(written, voxels), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-3)


@GRIDS
@FEW
@given(atoms=CRYSTALS, order=SEEDS)
def test_order_of_atoms(voxels, atoms, order):
    assert_same(atoms, atoms[np.random.default_rng(order).permutation(len(atoms))], voxels)


@GRIDS
@FEW
@given(atoms=CRYSTALS, shift=st.tuples(*[st.floats(-20, 20)] * 3))
def test_translation(voxels, atoms, shift):
    moved = atoms.copy()
    moved.positions += shift
    assert_same(atoms, moved, voxels)


@GRIDS
@FEW
@given(atoms=CRYSTALS, images=SEEDS)
def test_choice_of_periodic_images(voxels, atoms, images):
    other = atoms.copy()
    other.positions += np.random.default_rng(images).integers(-3, 4, (len(atoms), 3)) @ atoms.cell.array
    assert_same(atoms, other, voxels)


@GRIDS
@FEW
@given(atoms=CRYSTALS, exchange=st.sampled_from(EXCHANGES), skew=st.tuples(*[st.integers(-2, 2)] * 3))
def test_choice_of_lattice_vectors(voxels, atoms, exchange, skew):
    other = atoms.copy()
    other.set_cell(exchange @ [[1, skew[0], skew[1]], [0, 1, skew[2]], [0, 0, 1]] @ atoms.cell.array)
    assert_same(atoms, other, voxels)


@GRIDS
@FEW
@given(atoms=CRYSTALS, seed=SEEDS)
def test_reading_inverts_drawing(voxels, atoms, seed):
    atoms = rattled(atoms, "rattled", size=0.1, seed=seed)
    expected = cluster(atoms, SYSTEM, voxels)
    lattice, *sites = draw(atoms, voxels)
    cell = read_lattice(lattice, voxels)
    np.testing.assert_allclose(cell, expected.cell, atol=1e-3)
    np.testing.assert_allclose(lattice_voxel(cell, voxels), lattice, atol=1e-4)
    for voxel, positions in zip(sites, expected.positions, strict=True):
        found = read_sites(voxel, voxels, DECODING.threshold)
        assert found.shape == positions.shape
        apart = np.linalg.norm(found[:, None] - positions, axis=-1)
        assert apart.min(axis=0).max() < 1e-4
        np.testing.assert_allclose(sites_voxel(found, voxels), voxel, atol=1e-3)
