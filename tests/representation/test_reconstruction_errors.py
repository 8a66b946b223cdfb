import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import Reason, Rejected, to_pymatgen
from ccdcgan.representation.reconstruction_errors import (
    RECONSTRUCTION_COLUMNS,
    Failure,
    judge,
    lattice_errors,
    summarize,
)
from tests.conftest import caesium_chloride, rocksalt

CELL = 3.7 * np.eye(3)
CHLORIDE = to_pymatgen(caesium_chloride())


def never() -> Structure:
    raise AssertionError("the true lattice is not needed here")


def stretched(factor: float) -> Structure:
    return Structure(Lattice(CELL * [1, 1, factor]), CHLORIDE.species, CHLORIDE.frac_coords)


def test_lattice_errors_are_the_largest():
    found = Lattice.from_parameters(4.0, 5.1, 6.0, 90, 92, 89)
    expected = Lattice.from_parameters(4.0, 5.0, 6.0, 90, 90, 90)
    assert lattice_errors(found.matrix, expected.matrix) == pytest.approx((2.0, 2.0))


def test_a_match_has_its_displacement_in_angstrom(config):
    moved = Structure(Lattice(CELL), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.55]])
    row = judge(CHLORIDE, CELL, moved, never, matcher(config.matching))
    assert row["matched"]
    # The two atoms share their distance of 0.05 edges.
    assert row["rms_angstrom"] == pytest.approx(0.025 * 3.7)
    assert row["rms"] == pytest.approx(row["rms_angstrom"] / (3.7**3 / 2) ** (1 / 3))
    assert (row["length_error"], row["angle_error"]) == pytest.approx((0, 0), abs=1e-6)
    assert row["atoms_found"] == "Bi1 Se1"
    assert "failure" not in row


def test_displacements_are_measured_at_the_mean_volume(config):
    larger = Structure(Lattice(1.1 * CELL), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.55]])
    row = judge(CHLORIDE, CELL, larger, never, matcher(config.matching))
    assert row["rms_angstrom"] == pytest.approx(0.025 * 3.7 * 1.1**0.5)
    assert row["length_error"] == pytest.approx(10)


def test_reasons_of_failure(config):
    fit = matcher(config.matching)
    rejected = Rejected(Reason.NO_LATTICE, "too flat")
    rich = Structure(Lattice(CELL), ["Bi", "Se", "Se"], [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]])
    displaced = Structure(Lattice(CELL), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0]])
    cases = [
        (judge(CHLORIDE, CELL, rejected, never, fit), Failure.REJECTED, "no_lattice", "too flat"),
        (judge(CHLORIDE, CELL, rich, never, fit), Failure.ATOM_COUNT, "different", "Bi1 Se1 became Bi1 Se2"),
        (
            judge(CHLORIDE, CELL, stretched(2), lambda: stretched(1), fit),
            Failure.LATTICE,
            "different",
            "Bi1 Se1 became Bi1 Se1",
        ),
        (
            judge(CHLORIDE, CELL, displaced, lambda: displaced, fit),
            Failure.POSITIONS,
            "different",
            "Bi1 Se1 became Bi1 Se1",
        ),
        (
            judge(CHLORIDE, CELL, stretched(2), lambda: Rejected(Reason.TOO_CLOSE), fit),
            Failure.POSITIONS,
            "different",
            "Bi1 Se1 became Bi1 Se1",
        ),
    ]
    for row, *expected in cases:
        assert not row["matched"]
        assert [row["failure"], row["reason"], row["detail"]] == expected
        assert set(row) <= set(RECONSTRUCTION_COLUMNS)
    assert "rms" not in cases[2][0]
    assert cases[2][0]["length_error"] == pytest.approx(100)
    assert "length_error" not in cases[0][0]


def test_another_crystal_of_the_same_composition_is_no_match(config):
    salt = to_pymatgen(rocksalt())
    row = judge(CHLORIDE, CELL, salt, lambda: salt, matcher(config.matching))
    assert row["failure"] == Failure.POSITIONS


def test_summary_counts_each_side():
    table = pd.DataFrame(
        [
            {"split": "train", "matched": True, "rms_angstrom": 0.1, "length_error": 1.0, "angle_error": 2.0},
            {"split": "train", "matched": True, "rms_angstrom": 0.3, "length_error": 2.0, "angle_error": 0.0},
            {"split": "train", "matched": False, "failure": "lattice", "length_error": 6.0, "angle_error": 1.0},
            {"split": "train", "matched": False, "failure": "rejected", "reason": "no_lattice"},
        ],
        columns=RECONSTRUCTION_COLUMNS,
    )
    summary = summarize(table)
    train = summary["train"]
    assert (train["n"], train["matched"], train["fraction"]) == (4, 2, 0.5)
    # Wilson, by hand: 0.5 -+ z sqrt(n/4 + z^2/4) / (n + z^2) with z = 1.959964.
    half = 1.959964 * (4 / 4 + 1.959964**2 / 4) ** 0.5 / (4 + 1.959964**2)
    assert train["interval"] == pytest.approx([0.5 - half, 0.5 + half], abs=1e-5)
    assert train["mean_rms_angstrom"] == pytest.approx(0.2)
    assert train["mean_length_error"] == pytest.approx(3.0)
    assert train["mean_angle_error"] == pytest.approx(1.0)
    assert train["failures"] == {"rejected": 1, "atom_count": 0, "lattice": 1, "positions": 0}
    assert train["rejected"] == {"no_lattice": 1}
    assert summary["held_out"] == {
        "n": 0,
        "matched": 0,
        "fraction": None,
        "interval": None,
        "mean_rms_angstrom": None,
        "mean_length_error": None,
        "mean_angle_error": None,
        "failures": dict.fromkeys(["rejected", "atom_count", "lattice", "positions"], 0),
        "rejected": {},
    }
