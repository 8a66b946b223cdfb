"""What a key may hold, for any section."""

import math
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from ccdcgan.config.values import Distinct, FilePath, Flag, FromText, InsidePath, Section, Text

WHOLE = TypeAdapter(Annotated[int, Field(ge=-(10**15), le=10**15), FromText])
REAL = TypeAdapter(Annotated[float, FromText])


class Numbers(Section):
    """Numbers in every place that a section of tomorrow may have."""

    plain: float = 0.0
    listed: list[float] | None = None
    named: dict[str, float] | None = None
    pair: tuple[float, float] = (0.0, 0.0)
    perhaps: float | None = None
    word: str | float = ""
    text: Annotated[float, FromText] = 0.0
    inner: "Numbers | None" = None


PLACES = {
    "plain": lambda value: value,
    "listed": lambda value: [1.0, value],
    "named": lambda value: {"a": value},
    "pair": lambda value: (value, 1.0),
    "perhaps": lambda value: value,
    "word": lambda value: value,
    "text": lambda value: value,
    "inner": lambda value: {"listed": [value]},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_no_number_of_any_section_is_infinite_or_none(place, value):
    with pytest.raises(ValidationError):
        Numbers(**{place: PLACES[place](value)})
    Numbers(**{place: PLACES[place](2.0)})


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan", "inf", "nan", "NaN", "Infinity", "1e999"])
def test_nor_one_that_comes_as_text(text):
    with pytest.raises(ValidationError):
        Numbers(text=text)


def test_the_places_are_all_fields_of_the_section():
    assert set(PLACES) == set(Numbers.model_fields)


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_may_come_as_text(number):
    assert WHOLE.validate_python(str(number), strict=True) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_may_come_as_text(number):
    assert REAL.validate_python(repr(number), strict=True) == number


@pytest.mark.parametrize(("text", "value"), [("1e-4", 1e-4), ("5E3", 5000.0), ("-2", -2.0), ("0.5", 0.5)])
def test_exponents_are_read_as_people_write_them(text, value):
    assert REAL.validate_python(text, strict=True) == value


@pytest.mark.parametrize(
    "text", ["[unclosed", "2001-99-99", "9" * 5000, "[" * 1500, "[" * 300, "", " ", "\ud800", "\0", "a: b: c", "*x"]
)
def test_text_that_is_no_number_is_refused_and_breaks_nothing(text):
    with pytest.raises(ValidationError):
        WHOLE.validate_python(text, strict=True)


@pytest.mark.parametrize(("given", "flag"), [(True, True), (False, False), ("true", True), ("false", False)])
def test_a_flag_may_come_as_text(given, flag):
    assert TypeAdapter(Flag).validate_python(given, strict=True) is flag


@pytest.mark.parametrize("given", [1, 0, "1", "maybe", None])
def test_a_flag_is_no_number(given):
    with pytest.raises(ValidationError):
        TypeAdapter(Flag).validate_python(given, strict=True)


@pytest.mark.parametrize("text", ["null", "Null", "NULL", "~"])
def test_nothing_may_come_as_text(text):
    assert Numbers(perhaps=text).perhaps is None


@pytest.mark.parametrize("path", ["a", "a/../b", "/scratch/database", "./a", "..a", "data/**/*.cif", "ä"])
def test_a_path_may_lie_inside_the_folder_or_be_absolute(path):
    assert TypeAdapter(InsidePath).validate_python(path) == path


@pytest.mark.parametrize("path", ["..", "../a", "a/../../b", "", "a\0b", "\ud800", "a" * 5000])
def test_a_path_may_not_leave_the_folder_nor_be_none(path):
    with pytest.raises(ValidationError):
        TypeAdapter(InsidePath).validate_python(path)


def test_a_file_may_lie_anywhere():
    assert TypeAdapter(FilePath).validate_python("../gaps.csv") == "../gaps.csv"
    with pytest.raises(ValidationError):
        TypeAdapter(FilePath).validate_python("a\0b")


@pytest.mark.parametrize("text", ["\ud800", "a" * 1001])
def test_what_is_no_unicode_or_too_long_is_no_text(text):
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(text)


@given(st.lists(st.integers(0, 5)))
def test_a_distinct_list_holds_none_twice(items):
    adapter = TypeAdapter(Annotated[list[int], Distinct])
    if len(set(items)) == len(items):
        assert adapter.validate_python(items) == items
    else:
        with pytest.raises(ValidationError, match="none twice"):
            adapter.validate_python(items)


def test_a_section_is_closed_and_stays_as_it_is():
    with pytest.raises(ValidationError):
        Numbers(other=1.0)
    with pytest.raises(ValidationError):
        Numbers().plain = 1.0
