"""Whatever a key is given: a value that means the same when it is read again, or one plain sentence.

The keys are those of the schema, so that a new one is tried as well.
"""

import datetime
import json
import math
import re
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ccdcgan.config.documentation import json_schema
from ccdcgan.config.errors import ConfigError, show
from ccdcgan.config.loading import parse_config
from ccdcgan.config.schema import Schema, section_of, walk
from ccdcgan.config.values import NULL, FromText
from tests.config.support import changed

SENTENCE = re.compile(r"config(?: key (?P<key>'.*?'|\".*?\"))?: found .+?, expected .+?\.(?= config |$)")
OBJECTIVE = {"property": "volume_per_atom", "weight": 0.1, "goal": "minimise", "table": None}
BASE = changed(objectives=[OBJECTIVE], gan__temperature=0.1)
KEYS = {key.replace("*", "0"): part for key, part in walk(json_schema())}
SECTIONS = [key for key, part in KEYS.items() if section_of(json_schema(), part)]
VALUES = {
    "infinite": math.inf,
    "negative infinite": -math.inf,
    "no number": math.nan,
    "huge": 1e300,
    "huge and whole": 10**15,
    "longer than Python writes": 16**6000,
    "negative": -1,
    "a negative fraction": -0.5,
    "next to nothing": 5e-324,
    "negative zero": -0.0,
    "true": True,
    "false": False,
    "nothing": None,
    "empty": "",
    "blank": " ",
    "an empty list": [],
    "an empty mapping": {},
    "a list": [1, "a", None],
    "a list in a list": [[1]],
    "a list of infinite": [math.inf],
    "a pair of no numbers": [math.nan, math.nan],
    "a mapping": {"a": 1},
    "a mapping of numbers": {1: 2},
    "a mapping in a mapping": {"a": {"b": {"c": math.nan}}},
    "letters": "größer als Ω → 漢字 🜨",
    "half a letter": "\ud800",
    "a NUL": "a\0b",
    "lines": "a\nb\r\n\tc",
    "long": "x" * 100_000,
    "a number as text": "3",
    "a fraction as text": "0.5",
    "an exponent as text": "1e-3",
    "infinite as text": ".inf",
    "no number as text": "nan",
    "digits of another script": "١٢٣",
    "very many digits": "9" * 5000,
    "unclosed": "[1, 2",
    "an alias": "*x",
    "a date as text": "2001-99-99",
    "true as text": "true",
    "null as text": "null",
    "a pair": (1, 2),
    "a set": {1, 2},
    "bytes": b"abc",
    "a date": datetime.date(2001, 1, 1),
    "a complex number": 1j,
    "a class": int,
}


def put(key: str, value: Any) -> dict[str, Any]:
    """The base with another value of one key."""
    values = deepcopy(BASE)
    section, last = place(values, key)
    section[last] = value
    return values


def place(values: dict[str, Any], key: str) -> tuple[Any, Any]:
    """The section, or item of a list, that holds a key, and the key's own name."""
    section: Any = values
    *path, last = [int(step) if step.isdecimal() else step for step in key.split(".")]
    for step in path:
        section = section[step]
    return section, last


def refusal(values: dict[str, Any]) -> str | None:
    """What is said of a configuration that is refused; one that is not means the same when it is read again."""
    try:
        config = parse_config(values)
    except ConfigError as error:
        return str(error)
    plain = config.model_dump(mode="json")
    assert parse_config(plain) == config
    assert parse_config(json.loads(json.dumps(plain, allow_nan=False))) == config
    return None


def check(key: str, value: Any) -> bool:
    """Whether a key takes a value; a refusal must be in plain words."""
    if (message := refusal(put(key, value))) is not None:
        check_message(message, key, value)
    return message is None


def check_message(message: str, key: str, value: Any) -> None:
    assert message.isprintable(), ascii(message)
    assert not re.search("pydantic|validation error|Input should|type=|For further information", message)
    assert len(message) < 4000
    found = list(SENTENCE.finditer(message))
    assert found, message
    if any(other.startswith(f"{key}.") for other in KEYS) and isinstance(value, dict | list):  # any key in it
        assert all(sentence["key"].strip("'\"").startswith(key) for sentence in found), message
        return
    assert len(found) == 1 or isinstance(value, list | tuple | set | dict), message
    assert all(key in sentence[0] for sentence in found), message
    assert any(text in message for text in shown(value)), message


def shown(value: Any) -> set[str]:
    """How a value may stand in a message: as it was given, as what its text means, or by its items."""
    meant = None if value in NULL else FromText.func(value)
    items = [text for item in value for text in shown(item)] if isinstance(value, list | tuple) else ()
    return {show(value), show(meant), show([value]), show(tuple(value) if isinstance(value, list) else value), *items}


@cache
def bounds(key: str) -> list[tuple[Any, bool]]:
    """Values at the bounds of a number and beyond, and whether they are inside."""

    def of(part: Schema) -> list[tuple[Any, bool]]:
        whole, found = part.get("type") == "integer", []
        step = part.get("multipleOf", 1)
        for least, most, sign in (("minimum", "exclusiveMinimum", -1), ("maximum", "exclusiveMaximum", 1)):
            if least in part:
                edge = part[least]
                found += [(edge, True), (edge + sign * step if whole else math.nextafter(edge, sign * math.inf), False)]
            if most in part:
                edge = part[most]
                found += [(edge, False), (math.nextafter(edge, -sign * math.inf), True)]
        return found

    part = KEYS[key]
    numbers = [each for each in (part, *part.get("anyOf", ())) if each.get("type") in ("integer", "number")]
    return [pair for each in numbers for pair in of(each)]


def test_the_base_is_valid():
    assert parse_config(BASE).objectives[0].property == "volume_per_atom"
    assert len(KEYS) > 130


@pytest.mark.parametrize("key", KEYS)
def test_any_value_is_taken_or_refused_in_plain_words(key):
    for value in VALUES.values():
        check(key, value)
        if "items" in KEYS[key] or "prefixItems" in KEYS[key]:
            check(key, [value])
            check(key, [value, value])


@pytest.mark.parametrize("key", [key for key in KEYS if bounds(key)])
def test_a_number_is_taken_up_to_its_bounds(key):
    for value, inside in bounds(key):
        message = refusal(put(key, value))
        if inside and message:  # it may be more than another key allows
            assert re.search(r"expected (a multiple of|one number, or)", message), message
        elif not inside:
            assert message is not None, (key, value)
            check_message(message, key, value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan], ids=str)
def test_no_key_takes_infinity_or_nan(value):
    for key in KEYS:
        for holding in (value, [value], [value, value], {"a": value}, [{"a": value}]):
            assert not check(key, holding), (key, holding)


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_key_is_named(key):
    values = deepcopy(BASE)
    section, last = place(values, key)
    del section[last]
    message = refusal(values)
    if message is None:
        assert "default" in KEYS[key]
    else:
        assert f"'{key}': found No" in message or f"'{key}': found nothing" in message


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.binary(max_size=5)
    | st.dates()
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(), max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(KEYS)), anything)
@example("seed", "[")
@example("run", "a'b")
def test_anything_at_all_is_taken_or_refused_in_plain_words(key, value):
    check(key, value)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["", *(f"{key}." for key in SECTIONS)]),
    st.text(st.characters(), min_size=1, max_size=20) | st.integers() | st.none(),
)
def test_an_unknown_key_is_named(prefix, name):
    if f"{prefix}{name}" in KEYS:
        return
    values = deepcopy(BASE)
    section, _ = place(values, f"{prefix}new")
    section[name] = 1
    message = refusal(values)
    assert message is not None
    assert message.isprintable(), ascii(message)
    assert SENTENCE.fullmatch(message), message
    assert prefix.rstrip(".") in message
