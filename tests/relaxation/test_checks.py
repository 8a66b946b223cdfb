import numpy as np
import pytest
from ase.build import bulk
from ase.neighborlist import neighbor_list
from hypothesis import given
from hypothesis import strategies as st

from ccdcgan.config.loading import load_config
from ccdcgan.crystals.structures import Reason, Rejected, atomic_volume
from ccdcgan.prototypes.elements import substitute_elements
from ccdcgan.relaxation.checks import check, shortest_distance
from ccdcgan.relaxation.engine import Relaxed
from tests.conftest import ROOT, bi2se3, rocksalt

SETTINGS = load_config(ROOT / "config/config.yaml", ROOT / "config/paper.yaml").relaxation
FREE = SETTINGS.model_copy(update={"min_distance": None, "volume_per_atom": None})


def outcome(atoms, energy=-10.0):
    return Relaxed(atoms, energy, steps=5, fmax=0.05)


def rejection(relaxed, settings=SETTINGS):
    with pytest.raises(Rejected) as caught:
        check(relaxed, settings)
    return caught.value


def test_a_real_crystal_passes():
    check(outcome(bi2se3()), SETTINGS)
    check(outcome(bi2se3()), FREE)


def test_the_value_and_the_bound_are_said():
    squeezed = rocksalt(a=4.0)
    error = rejection(outcome(squeezed), SETTINGS.model_copy(update={"volume_per_atom": (1.0, 90.0)}))
    assert error.reason is Reason.TOO_CLOSE
    assert error.detail == "Bi-Se 2.000 angstrom, allowed from 2.200"
    error = rejection(outcome(rocksalt(a=9.0)))
    assert error.reason is Reason.VOLUME
    assert "91.12" in error.detail
    assert rejection(outcome(bi2se3(), energy=4.1)).reason is Reason.POSITIVE_ENERGY
    assert rejection(outcome(bi2se3(), energy=float("nan"))).reason is Reason.NOT_FINITE


def test_bounds_of_the_elements_serve_where_the_config_gives_none():
    assert rejection(outcome(rocksalt(a=4.3)), FREE).reason is Reason.VOLUME  # 9.9 of 29 angstrom^3/atom
    close = rocksalt(a=6.2)
    close.positions[1] = close.positions[0] + [1.5, 0, 0]
    assert rejection(outcome(close), FREE).reason is Reason.TOO_CLOSE


# Edge of the cubic cell: R. W. G. Wyckoff, Crystal Structures 1 (1963); GaN: 9.61 angstrom^3/atom, near what PBE gives.
@pytest.mark.parametrize(
    ("formula", "structure", "edge"),
    [
        ("GaN", "rocksalt", 4.25),
        ("BN", "zincblende", 3.615),
        ("NaCl", "rocksalt", 5.640),
        ("MgO", "rocksalt", 4.212),
        ("CsCl", "cesiumchloride", 4.123),
        ("LiH", "rocksalt", 4.083),
        ("KF", "rocksalt", 5.347),
        ("FeO", "rocksalt", 4.307),
        ("UN", "rocksalt", 4.890),
        ("CsF", "rocksalt", 6.008),
        ("AlNi", "cesiumchloride", 2.887),
        ("TiO", "rocksalt", 4.177),
    ],
)
def test_compounds_of_ions_pass_whatever_the_elements(formula, structure, edge):
    """Though they fill as little as 0.36 of the room of their elements."""
    check(outcome(bulk(formula, structure, a=edge)), FREE)


@pytest.mark.parametrize(
    "symbol", ["H", "N", "O", "F", "Cl", "Br", "I", "P", "S", "B", "C", "Mn", "U", "Np", "Pu", "Cs"]
)
def test_no_bound_turns_an_element_down(symbol):
    """Neither those of Bi-Se, 2.2 angstrom and 15 to 60 angstrom^3 an atom, nor those of the elements themselves."""
    for atoms in substitute_elements(0, [symbol]):
        check(outcome(atoms), SETTINGS)
        check(outcome(atoms), FREE)


def test_atomic_volumes_of_the_paper_system():
    assert atomic_volume("Bi") == pytest.approx(35.4, abs=0.1)
    assert atomic_volume("Se") == pytest.approx(27.3, abs=0.1)


@given(st.floats(2.5, 40.0))
def test_shortest_distance_whatever_the_size_of_the_cell(a):
    assert shortest_distance(rocksalt(a=a)) == pytest.approx(a / 2)


def test_shortest_distance_sees_images():
    atoms = rocksalt()
    del atoms[1]
    assert shortest_distance(atoms) == pytest.approx(np.min(neighbor_list("d", atoms, 5.0)))
