import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from ccdcgan.config.matching import Matching
from ccdcgan.crystals import matching
from ccdcgan.crystals.matching import find_matches, group, match_candidates, nearest
from ccdcgan.crystals.structures import to_pymatgen
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def crystals():
    """Three kinds, each as it is, displaced, as a supercell and at another volume."""
    made = []
    for atoms in (bi2se3(), rocksalt(), caesium_chloride()):
        name = atoms.info["id"]
        larger = atoms * (2, 1, 1)
        scaled = atoms.copy()
        scaled.set_cell(atoms.cell * 1.1, scale_atoms=True)
        for number, copy in enumerate((atoms, rattled(atoms, "", 0.05), larger, scaled)):
            copy.info = {"id": f"{name}-{number}"}
            made.append(copy)
    return made


def test_groups_are_those_of_pymatgen(config):
    structures = [to_pymatgen(atoms) for atoms in crystals()]
    mine = group(structures, config.matching)
    fit = StructureMatcher(ltol=0.2, stol=0.3, angle_tol=5)
    for index, first in enumerate(mine):
        expected = next(other for other in range(index + 1) if fit.fit(structures[other], structures[index]))
        assert first == expected
    assert len(set(mine)) == 3


def test_matches_are_the_first_known_that_fits(config):
    structures = [to_pymatgen(atoms) for atoms in crystals()]
    assert find_matches(structures, [structures[5], structures[4], structures[0]], config.matching) == (
        4 * [2] + 4 * [0] + 4 * [None]
    )
    assert find_matches([], structures, config.matching) == []


def test_nearest_is_the_same_crystal_whatever_its_cell(config):
    known = [bi2se3(), rocksalt(), caesium_chloride()]
    for index, atoms in enumerate(known):
        found, distance = nearest([rattled(atoms * (2, 1, 1), "x", 0.01)], known, config.system)[0]
        assert found == index
        assert distance < 0.01
    np.testing.assert_allclose([distance for _, distance in nearest(known, known, config.system)], 0, atol=1e-12)


def test_distinct_means_new_and_first(config):
    candidates = [
        rattled(rocksalt(), "known-again"),
        rattled(caesium_chloride(), "new"),
        rattled(caesium_chloride(), "new-again", seed=1),
    ]
    table = match_candidates(candidates, [bi2se3(), rocksalt()], config.system, config.matching)
    assert list(table["distinct"]) == [False, True, False]
    assert list(table["candidate_match"]) == ["known-again", "new", "new"]
    assert table["database_match"][0] == "rocksalt"
    assert table["database_match"][1:].isna().all()
    assert table["nearest_known"][0] == "rocksalt"
    assert table["nearest_distance"].between(0, 1).all()


def test_no_candidates_give_an_empty_table(config):
    table = match_candidates([], [bi2se3()], config.system, config.matching)
    assert table.empty
    assert "distinct" in table


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_atoms_and_the_origin_do_not_matter(config, seed):
    atoms = bi2se3()
    shuffled = atoms[np.random.default_rng(seed).permutation(len(atoms))]
    shuffled.translate([0.3, 1.1, 2.0])
    assert group([to_pymatgen(atoms), to_pymatgen(shuffled)], config.matching) == [0, 0]


TOLERANCES = Matching(ltol=0.2, stol=0.3, angle_tol=5)
FIT = StructureMatcher(ltol=0.2, stol=0.3, angle_tol=5).fit


def disturbed(seed, count):
    """Strained copies with displaced atoms of cells of few formulas, many of them near a tolerance."""
    rng = np.random.default_rng(seed)
    flipped = bi2se3()
    flipped.positions[:] = flipped.positions[[2, 1, 0, 3, 4]]
    bases = [rocksalt(), caesium_chloride(), rocksalt() * (1, 1, 2), bi2se3(), flipped]
    made = []
    for _ in range(count):
        atoms = bases[rng.integers(len(bases))].copy()
        strain = rng.uniform(-0.05, 0.05, (3, 3))
        atoms.set_cell(atoms.cell.array @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
        made.append(to_pymatgen(rattled(atoms, "", rng.choice([0.05, 0.3, 0.6]), rng.integers(2**31))))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_those_of_a_plain_loop(seed):
    structures, known = disturbed(seed, 24), disturbed(seed + 10, 12)
    expected = []
    for index, one in enumerate(structures):
        before = [other for other in range(index) if expected[other] == other]
        expected.append(next((other for other in before if FIT(structures[other], one)), index))
    assert 3 < len(set(expected)) < len(structures)
    assert group(structures, TOLERANCES) == expected

    matches = [next((index for index, other in enumerate(known) if FIT(other, one)), None) for one in structures]
    assert None in matches
    assert len(set(matches)) > 2
    assert find_matches(structures, known, TOLERANCES) == matches


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**31), size=st.sampled_from([(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 3)]))
def test_the_same_crystal_matches_in_any_description(seed, size):
    rng = np.random.default_rng(seed)
    for atoms in (bi2se3(), rattled(bi2se3(), "", 0.1, seed), caesium_chloride()):
        copy = atoms * size
        copy = copy[rng.permutation(len(copy))]
        copy.rotate(rng.uniform(0, 180), rng.normal(size=3), rotate_cell=True)
        copy.translate(rng.uniform(-5, 5, 3))
        copy.wrap()
        one, other = to_pymatgen(atoms), to_pymatgen(copy)
        assert group([one, other], TOLERANCES) == [0, 0]
        assert find_matches([other], [one], TOLERANCES) == find_matches([one], [other], TOLERANCES) == [0]


def test_copies_in_the_database_change_nothing(config):
    structures = [to_pymatgen(atoms) for atoms in crystals()]
    known = [structures[4], structures[0], structures[5]]
    assert find_matches(structures, known + known, config.matching) == find_matches(structures, known, config.matching)
    assert find_matches(structures, known[:1] + known, config.matching)[4:8] == 4 * [0]


def test_nothing_is_compared_with_nothing(config):
    structure = to_pymatgen(rocksalt())
    assert group([], config.matching) == []
    assert find_matches([], [], config.matching) == []
    assert find_matches([structure], [], config.matching) == [None]
    assert nearest([], [], config.system) == nearest([], [rocksalt()], config.system) == []
    with pytest.raises(ValueError, match="expected at least one"):
        nearest([rocksalt()], [], config.system)


def test_cells_of_one_atom(config):
    cubic = [Structure(Lattice.cubic(3.3), [symbol], [[x, 0, 0]]) for symbol, x in (("Bi", 0), ("Se", 0), ("Bi", 0.4))]
    centred = Structure.from_spacegroup("Im-3m", Lattice.cubic(3.8), ["Bi"], [[0, 0, 0]])
    structures = [*cubic, centred, centred.get_primitive_structure()]
    assert [FIT(structures[0], other) for other in structures] == [True, False, True, False, False]
    assert group(structures, config.matching) == [0, 1, 0, 3, 3]
    assert [len(one) for one in structures] == [1, 1, 1, 2, 1]


def test_a_structure_that_cannot_be_reduced_matches_nothing_and_stops_nothing(config, caplog):
    broken = Structure(np.eye(3) * 4, ["Bi", "Se"], [[0, 0, 0], [np.nan, 0.5, 0.5]])
    salt = to_pymatgen(rocksalt())
    assert group([salt, broken, salt, broken], config.matching) == [0, 1, 0, 3]
    assert find_matches([salt, broken], [broken, salt], config.matching) == [1, None]
    for name in ("structure 1", "structure 3", "known structure 0"):
        assert f"{name}: found no reduced cell" in caplog.text


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_nearest_has_the_largest_cosine(config, monkeypatch, chunk):
    monkeypatch.setattr(matching, "CHUNK", chunk)
    known = [rattled(atoms, "", 0.3, seed) for seed, atoms in enumerate(crystals())]
    structures = [rattled(atoms, "", 0.3, 100 + seed) for seed, atoms in enumerate(crystals())]
    table = np.array([matching._fingerprint(atoms, config.system) for atoms in known])
    for atoms, (index, distance) in zip(structures, nearest(structures, known, config.system), strict=True):
        vector = matching._fingerprint(atoms, config.system)
        distances = (1 - table @ vector / np.linalg.norm(table, axis=1) / np.linalg.norm(vector)) / 2
        assert index == np.argmin(distances)
        assert distance == pytest.approx(distances.min(), abs=1e-12)


def test_the_first_of_the_nearest_counts(config):
    known = [caesium_chloride(), rocksalt(), rattled(rocksalt(), "", 0.1), rocksalt(), rocksalt()]
    assert [index for index, _ in nearest(known, known, config.system)] == [0, 1, 2, 1, 1]


def test_fingerprints_count_the_neighbours(config):
    """Rocksalt: 6 unlike neighbours at a/2, then 12 like ones at a/sqrt(2)."""
    a = 5.9
    fingerprint = matching._fingerprint(rocksalt(a), config.system).reshape(3, -1) + 1
    distances = np.arange(matching.WIDTH, matching.CUTOFF, matching.WIDTH)
    volume = a**3 / 4
    for row, distance, neighbours, below in ((1, a / 2, 6, 4.0), (0, a / np.sqrt(2), 12, 5.0)):
        shell = 4 * np.pi * distances**2 / volume * fingerprint[row]
        counted = (shell * matching.WIDTH)[distances < below].sum()
        assert counted == pytest.approx(neighbours, rel=0.02), distance
