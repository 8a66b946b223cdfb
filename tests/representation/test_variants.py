import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Structure

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.representation.crystal_graphs import crystal_of
from ccdcgan.representation.variants import SETTINGS, encode_variants, variant
from ccdcgan.representation.voxels.crystal import decode
from ccdcgan.representation.voxels.imaging import Cluster, cluster, margin
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt
from tests.representation.perfect import Perfect

SYSTEM = ["Bi", "Se"]
VOXELS = Voxels(sites_grid=32, sites_box=12.0, sites_sigma=0.5, lattice_grid=32, lattice_sigma=1.0)
DECODING = Decoding(threshold=0.3, min_distance=0.5, max_atoms=40, max_volume_ratio=3.0)
CRYSTALS = [rattled(atoms, "r", 0.1) for atoms in (rocksalt(), caesium_chloride(), bi2se3())]
# Mirror images are equal to it; nothing else is that is not the same crystal.
MATCHER = StructureMatcher(ltol=1e-3, stol=1e-3, angle_tol=0.1, scale=False, primitive_cell=False)


def structure(crystal: Cluster) -> Structure:
    species = [symbol for symbol, atoms in zip(SYSTEM, crystal.positions, strict=True) for _ in atoms]
    return Structure(crystal.cell, species, np.concatenate(crystal.positions), coords_are_cartesian=True)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(range(3)), st.integers(0, 2**32))
def test_a_variant_is_the_same_crystal_in_the_box(which: int, seed: int) -> None:
    own = cluster(CRYSTALS[which], SYSTEM, VOXELS)
    other = variant(own, np.random.default_rng(seed), VOXELS)
    assert other is not None
    assert MATCHER.fit(structure(own), structure(other))
    assert MATCHER.fit(to_pymatgen(CRYSTALS[which]), structure(other))
    np.testing.assert_allclose(np.triu(other.cell, 1), 0, atol=1e-12)
    assert (np.diag(other.cell) > 0).all()
    atoms = np.concatenate(other.positions)
    assert np.abs(atoms).max() <= VOXELS.sites_box / 2 - margin(VOXELS)
    np.testing.assert_allclose(atoms.min(axis=0), -atoms.max(axis=0), atol=1e-9)


@pytest.mark.parametrize("which", range(3))
def test_a_variant_comes_back_from_its_voxels(which: int) -> None:
    own = cluster(CRYSTALS[which], SYSTEM, VOXELS)
    loose = StructureMatcher(ltol=0.02, stol=0.02, angle_tol=1, scale=False)
    for seed in range(5):
        other = variant(own, np.random.default_rng(seed), VOXELS)
        assert other is not None
        sites = np.stack([sites_voxel(atoms, VOXELS) for atoms in other.positions])
        read = decode(sites, lattice_voxel(other.cell, VOXELS), SYSTEM, VOXELS, DECODING)
        assert loose.fit(structure(own), read)


def test_there_are_48_settings_and_none_twice() -> None:
    assert len({matrix.tobytes() for matrix in SETTINGS + 0.0}) == 48
    np.testing.assert_allclose(np.abs(np.linalg.det(SETTINGS)), 1)


def test_variants_differ_and_one_that_does_not_fit_is_none() -> None:
    own = cluster(CRYSTALS[2], SYSTEM, VOXELS)
    random = np.random.default_rng(0)
    first, second = variant(own, random, VOXELS), variant(own, random, VOXELS)
    assert first is not None
    assert second is not None
    assert np.abs(first.positions[0] - second.positions[0]).max() > 0.1
    assert variant(own, random, VOXELS.model_copy(update={"sites_box": 4.0})) is None


def test_each_graph_holds_the_latents_of_its_variant(three_crystals) -> None:
    chosen = {"bi2se3", "cscl"}
    crystals = encode_variants(Perfect(), Perfect(), three_crystals, chosen, count=2, seed=0)
    assert crystals.ids == ["bi2se3~1", "bi2se3~2", "cscl~1", "cscl~2"]
    assert [crystal_of(name) for name in crystals.ids] == ["bi2se3", "bi2se3", "cscl", "cscl"]
    assert crystal_of("cscl") == "cscl"
    rows = crystals.graphs.reshape(4, -1)
    np.testing.assert_array_equal(rows[:, [0, 200, 400]], [[0, 0, 1], [1, 2, 3], [2, 4, 5], [3, 6, 7]])


def test_a_variant_depends_on_its_crystal_number_and_seed_alone(three_crystals) -> None:
    def drawn(chosen: set[str], count: int, seed: int) -> dict[str, np.ndarray]:
        sites = Perfect()
        ids = encode_variants(Perfect(), sites, three_crystals, chosen, count=count, seed=seed).ids
        return dict(zip(ids, np.array(sites.seen).reshape(len(ids), 2, -1), strict=True))

    few, many, other = drawn({"cscl"}, 1, 0), drawn({"cscl", "bi2se3"}, 3, 0), drawn({"cscl"}, 1, 1)
    np.testing.assert_array_equal(few["cscl~1"], many["cscl~1"])
    assert np.abs(few["cscl~1"] - other["cscl~1"]).max() > 0.1


def test_no_variants_are_no_graphs(three_crystals) -> None:
    assert encode_variants(Perfect(), Perfect(), three_crystals, {"cscl"}, count=0, seed=0).graphs.shape == (0, 28, 28)
