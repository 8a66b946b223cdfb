"""What single values of a CIF mean."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Element

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers.cif import values
from ccdcgan.prototypes.readers.parts import attempt


@given(st.floats(-1e6, 1e6), st.integers(0, 9), st.sampled_from(["", "(3)", "(12)"]))
def test_numbers(value: float, digits: int, uncertainty: str) -> None:
    text = f"{value:.{digits}f}"
    assert values.number(text + uncertainty, "x") == float(text)
    assert values.digits(text + uncertainty) == digits


@given(st.text(max_size=8))
def test_what_is_no_number_is_refused(text: str) -> None:
    found = attempt(lambda: values.number(text, "x"))
    if not isinstance(found, Rejected):
        assert found == pytest.approx(float(text.partition("(")[0]))


@given(
    st.sampled_from([str(element.symbol) for element in Element if element.Z < 104 and element.symbol not in "DT"]),
    st.sampled_from([str, str.upper, str.lower]),
    st.sampled_from(["", "1", "2+", "3-", "+2", "-", "2.5+"]),
)
def test_symbols_in_any_case_and_charge(symbol: str, case: Any, charge: str) -> None:
    assert values.element_of_symbol(case(symbol) + charge) == (symbol, "")


@given(st.dictionaries(st.sampled_from(["Bi", "Se", "O", "H", "Cl", "Co"]), st.integers(1, 40), min_size=1))
def test_formulas(counts: dict[str, int]) -> None:
    words = [f"{symbol}{count if count > 1 else ''}" for symbol, count in counts.items()]
    for text in (" ".join(words), " ".join(words).upper(), "".join(words)):
        assert values.formula(text) == {symbol: float(count) for symbol, count in counts.items()}


def test_formulas_with_parentheses_and_deuterium() -> None:
    assert values.formula("Mg (O H)2") == {"Mg": 1, "O": 2, "H": 2}
    assert values.formula("D2 O") == {"H": 2, "O": 1}
    for text in ("Bi2 Xx3", "7", "Bi_Se", "Bi (Se"):
        assert isinstance(attempt(lambda text=text: values.formula(text)), Rejected)
