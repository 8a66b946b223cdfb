import logging

import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from ccdcgan.crystals import equality
from ccdcgan.crystals.equality import KnownCells, reduce_cell
from ccdcgan.crystals.structures import to_pymatgen
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


class Oracle:
    """In ferrox's place: gives one answer to everything."""

    def __init__(self, answer):
        self.answer = answer

    def __call__(self, **options):
        return self

    def fit(self, one, other, skip_structure_reduction):
        assert skip_structure_reduction
        return self.answer


@pytest.fixture
def say(monkeypatch):
    def install(answer, checked):
        monkeypatch.setattr(equality.ferrox, "StructureMatcher", Oracle(answer))
        monkeypatch.setattr(equality, "CHECKED", checked)

    return install


def cells(*structures):
    return [reduce_cell(structure, f"s{number}") for number, structure in enumerate(structures)]


def first(known, cell, tolerances):
    found = KnownCells(tolerances)
    for index, one in enumerate(known):
        found.add(index, one)
    return found.first(cell)


@pytest.fixture(scope="module")
def same_formula():
    salt = to_pymatgen(rattled(rocksalt(), "", 0.05))
    return cells(to_pymatgen(caesium_chloride()), to_pymatgen(rocksalt()), salt)


def test_pymatgen_decides_what_ferrox_takes_for_a_match(config, say, same_formula):
    say(True, 0)
    assert first(same_formula[:2], same_formula[2], config.matching) == 1
    assert first(same_formula[:1], same_formula[2], config.matching) is None


def test_pymatgen_is_not_asked_about_the_rest(config, say, same_formula, caplog):
    say(False, 0)
    assert first(same_formula[:2], same_formula[2], config.matching) is None
    assert not caplog.records


def test_a_match_that_ferrox_denies_is_found_in_the_sample_and_named(config, say, same_formula, caplog):
    say(False, 1)
    with caplog.at_level(logging.WARNING):
        assert first(same_formula[:2], same_formula[2], config.matching) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "s1 and s2 match, which ferrox denies: other such pairs may go unseen"
    ]


def test_the_sample_is_as_large_as_it_says_and_the_same_every_time(config, say, same_formula, monkeypatch):
    say(False, 0.05)
    asked = []
    monkeypatch.setattr(StructureMatcher, "fit", lambda *pair, **options: asked.append(pair))
    counts = []
    for _ in range(2):
        known = KnownCells(config.matching)
        known.add(0, same_formula[0])
        for _ in range(1000):
            known.first(same_formula[1])
        counts.append(len(asked))
    assert 30 < counts[0] < 70
    assert counts[1] == 2 * counts[0]


def test_the_known_structure_is_the_first_argument(config):
    """A pair that StructureMatcher matches in one order only."""
    compressed = Structure(Lattice.rhombohedral(4.11, 68.85), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    salt = Structure(Lattice.rhombohedral(4.35, 60), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    fit = StructureMatcher(ltol=0.2, stol=0.3, angle_tol=5).fit
    assert fit(compressed, salt)
    assert not fit(salt, compressed)
    one, other = cells(compressed, salt)
    assert first([one], other, config.matching) == 0
    assert first([other], one, config.matching) is None


@pytest.mark.parametrize("swapped", [False, True])
def test_a_cell_far_from_the_lll_reduced_one_is_found(config, monkeypatch, swapped):
    """Bi2Se and a copy with displaced atoms, which ferrox misses in one order if it gets both Niggli cells."""
    monkeypatch.setattr(equality, "CHECKED", 0)
    ideal = Structure(
        Lattice.from_parameters(3.79, 3.79, 7.65, 75.65, 75.65, 60),
        ["Se", "Bi", "Bi"],
        [[0, 0, 0], [0.75, 0.75, 0.75], [0.583, 0.583, 0.25]],
    )
    copy = Structure(
        Lattice.from_parameters(3.78, 3.81, 7.69, 101.96, 91.0, 119.67),
        ["Se", "Bi", "Bi"],
        [[0.978, 0.069, 0.007], [0.838, 0.616, 0.247], [0.537, 0.166, 0.783]],
    )
    one, other = cells(*((copy, ideal) if swapped else (ideal, copy)))
    assert first([one], other, config.matching) == 0


def test_exact_copies_are_kept_once(config, monkeypatch, same_formula):
    asked = []
    monkeypatch.setattr(equality.ferrox, "StructureMatcher", Oracle(True))
    monkeypatch.setattr(StructureMatcher, "fit", lambda self, known, cell, **options: asked.append(known))
    assert first([same_formula[0], same_formula[1], same_formula[0]], same_formula[2], config.matching) is None
    assert asked == [same_formula[0].structure, same_formula[1].structure]


def test_formulas_and_sizes_that_differ_are_never_compared(config, say):
    say(True, 1)
    small, large = cells(to_pymatgen(rocksalt()), to_pymatgen(bi2se3()))
    assert first([large], small, config.matching) is None


def test_what_cannot_be_reduced_is_named(caplog):
    broken = Structure(np.eye(3) * 4, ["Bi", "Se"], [[0, 0, 0], [np.nan, 0.5, 0.5]])
    assert reduce_cell(broken, "broken") is None
    assert "broken: found no reduced cell" in caplog.text
