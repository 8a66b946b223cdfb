import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher

from ccdcgan.matching import find_matches, group, match_candidates, nearest
from ccdcgan.structures import to_pymatgen
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
