"""One cell with elements for its species; spglib and pymatgen say what it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Element, Structure
from scipy.constants import N_A

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell
from ccdcgan.prototypes.filling import fill
from tests.prototypes.support import limits, rock_salt

SALT = ("Bi", "Se")
OWN = sum(Element(symbol).molar_volume for symbol in SALT) * 1e24 / N_A
"""Volume of a Bi and a Se atom in their elements, in angstrom^3."""


def test_the_volume_is_that_of_the_rule():
    structure, space_group = fill(rock_salt(), SALT, limits(volume_scale=0.93), 10.0, rescale=True)
    assert structure.volume == pytest.approx(0.93 * OWN)
    assert space_group == 225


def test_contacts_enlarge_the_volume():
    wide = limits(min_contact=1.2)
    structure, _ = fill(rock_salt(), SALT, wide, 10.0, rescale=True)
    radii = 1.48 + 1.20  # covalent, of Bi and Se (Cordero et al., Dalton Trans. 2832, 2008)
    assert structure.get_distance(0, 1) == pytest.approx(1.2 * radii)
    assert structure.volume > 0.93 * OWN


def test_without_rescaling_the_cell_keeps_its_volume():
    structure, _ = fill(rock_salt(7.0), SALT, limits(), 10.0, rescale=False)
    assert structure.volume == pytest.approx(7.0**3 / 4)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(-1, 1), min_size=9, max_size=9)
    .map(lambda rows: np.array(rows).reshape(3, 3))
    .filter(lambda matrix: 0.5 < abs(np.linalg.det(matrix)) < 4.5),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_another_cell_of_the_same_crystal_gives_the_same(matrix, origin):
    """Supercells and other origins: the primitive cell, atoms in the order of the elements."""
    crystal = Structure(rock_salt().lattice, ["Na", "Cl"], rock_salt().positions).make_supercell(matrix)
    kinds = np.array([["Na", "Cl"].index(symbol.symbol) for symbol in crystal.species])
    cell = Cell(crystal.lattice.matrix, crystal.frac_coords + origin, kinds)
    structure, space_group = fill(cell, SALT, limits(), 10.0, rescale=True)
    plain, _ = fill(rock_salt(), SALT, limits(), 10.0, rescale=True)
    assert [symbol.symbol for symbol in structure.species] == list(SALT)
    assert space_group == 225
    assert structure.lattice.abc == pytest.approx(plain.lattice.abc)
    assert structure.lattice.angles == pytest.approx(plain.lattice.angles)
    assert StructureMatcher(scale=False, primitive_cell=False).fit(structure, plain)


def test_one_element_on_both_species_has_a_smaller_cell():
    structure, space_group = fill(rock_salt(), ("Se", "Se"), limits(), 10.0, rescale=True)
    assert len(structure) == 1
    assert space_group == 221


@pytest.mark.parametrize(
    ("bounds", "max_length", "reason", "words"),
    [
        ({"max_atoms": 1}, 10.0, Reason.TOO_MANY_ATOMS, "2 atoms in the primitive cell, at most 1 allowed"),
        ({}, 3.0, Reason.TOO_LONG, "less than 3 allowed"),
        ({"min_contact": 1.3, "max_volume_ratio": 1.1}, 10.0, Reason.VOLUME, "at most 1.1 allowed"),
    ],
)
def test_a_cell_beyond_the_bounds_is_rejected(bounds, max_length, reason, words):
    with pytest.raises(Rejected) as caught:
        fill(rock_salt(), SALT, limits(**bounds), max_length, rescale=True)
    assert caught.value.reason is reason
    assert words in caught.value.detail


@pytest.mark.parametrize(("elements", "reason"), [(SALT, Reason.VOLUME), (("Se", "Se"), Reason.UNREADABLE)])
def test_two_atoms_in_one_place_are_rejected(elements, reason):
    cell = rock_salt()._replace(positions=np.zeros((2, 3)))
    with pytest.raises(Rejected) as caught:
        fill(cell, elements, limits(), 10.0, rescale=True)
    assert caught.value.reason is reason
