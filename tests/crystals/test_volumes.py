"""The expected volume, against measured crystals."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ccdcgan.config.elements import POTENTIAL_ELEMENTS
from ccdcgan.crystals.structures import Rejected, atomic_volume
from ccdcgan.crystals.volumes import expected_volume
from ccdcgan.prototypes.sources.aflow import DATA, build, read_prototypes

# Edge of the cubic cell and atoms in it: R. W. G. Wyckoff, Crystal Structures 1 (Wiley, 1963).
CUBIC = {
    "NaCl": (5.640, 8),
    "MgO": (4.212, 8),
    "LiF": (4.027, 8),
    "CaF2": (5.463, 12),
    "Li2O": (4.619, 12),
    "CsCl": (4.123, 2),
    "BN": (3.615, 8),
    "GaAs": (5.653, 8),
    "NiAl": (2.887, 2),
    "TiC": (4.328, 8),
    "SrTiO3": (3.905, 5),
    "PbTe": (6.454, 8),
}


@pytest.mark.parametrize("formula", CUBIC)
def test_textbook_crystals(formula):
    edge, atoms = CUBIC[formula]
    composition = Composition(formula)
    symbols = [element.symbol for element, count in composition.items() for _ in range(int(count))]
    ratio = edge**3 / atoms / (expected_volume(symbols) / len(symbols))
    assert 0.6 < ratio < 1.5


def test_the_examples_of_the_encyclopedia():
    """The fit is that which the module describes, redone on all the examples whose compound is named."""
    spec = find_spec("kim_tools")
    assert spec is not None
    assert spec.origin is not None
    folder, ratios = Path(spec.origin).parent / DATA, []
    for prototype in read_prototypes():
        info = json.loads((folder / prototype.label / "info.json").read_text())
        if prototype.n_atoms > 12 or not 2 <= prototype.n_species <= 4:
            continue
        if re.search(r"GPa|igh.[Pp]ressure|ypothetical|bsolete", info["title"]):
            continue
        try:
            composition = Composition(info["prototype"])
            cell = build(prototype)
        except (ValueError, Rejected):
            continue
        symbols = sorted(element.symbol for element in composition)
        if len(symbols) != prototype.n_species or not set(symbols) <= set(POTENTIAL_ELEMENTS):
            continue
        fractions = np.bincount(cell.species) / len(cell.species)
        named = np.array([composition.get_atomic_fraction(symbol) for symbol in symbols])
        volume = abs(np.linalg.det(cell.lattice))
        if np.allclose(fractions, named, atol=0.02) and volume / len(cell.species) > 4.5:
            ratios.append(volume / expected_volume([symbols[kind] for kind in cell.species]))
    assert len(ratios) > 400
    assert np.std(np.log(ratios)) < 0.18
    assert np.median(ratios) == pytest.approx(1, abs=0.05)
    low, high = np.quantile(ratios, [0.01, 0.99])
    assert low > 0.6
    assert high < 1.8


@given(st.lists(st.sampled_from(["Bi", "Se", "Ga", "N", "O", "Cs", "F"]), min_size=1, max_size=8), st.integers(2, 4))
def test_twice_the_atoms_take_twice_the_room(symbols, times):
    assert expected_volume(symbols * times) == pytest.approx(times * expected_volume(symbols))


@pytest.mark.parametrize("symbol", ["N", "Bi", "Cl"])
def test_an_element_alone_has_its_own_volume(symbol):
    assert expected_volume([symbol] * 3) == pytest.approx(3 * atomic_volume(symbol))
