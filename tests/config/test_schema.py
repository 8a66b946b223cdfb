"""Reading the JSON schema."""

from collections.abc import Iterator
from typing import Annotated, Literal

import pytest
from pydantic import Field

from ccdcgan.config.documentation import json_schema
from ccdcgan.config.objectives import Objective
from ccdcgan.config.schema import describe, find, walk
from ccdcgan.config.values import Section, Text
from tests.config.support import VALUES


class Inner(Section):
    """A section in a section."""

    number: Annotated[float, Field(gt=0, lt=1)]
    """Of it."""


class Outer(Section):
    """Holds one of each kind."""

    section: Inner
    """One."""
    perhaps: Inner | None
    """One, or none."""
    several: list[Inner]
    """Many."""
    pair: tuple[int, int] | None
    """Two."""
    choice: Literal["a", "b", "c"]
    """One of three."""
    single: Literal["only"]
    """One of one."""
    flag: bool
    """Yes or no."""
    text: Text
    """Words."""
    few: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=3)]
    """Numbers."""


SCHEMA = Outer.model_json_schema()


def test_every_key_is_found():
    assert [key for key, _ in walk(SCHEMA)] == [
        *("section", "section.number", "perhaps", "perhaps.number", "several", "several.*.number"),
        *("pair", "choice", "single", "flag", "text", "few"),
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ((), "keys and values"),
        (("section",), "keys and values"),
        (("perhaps",), "keys and values, or null"),
        (("section", "number"), "a number above 0 and below 1"),
        (("perhaps", "number"), "a number above 0 and below 1"),
        (("several", 7, "number"), "a number above 0 and below 1"),
        (("pair",), "a list of 2 items, each a whole number, or null"),
        (("pair", 1), "a whole number"),
        (("choice",), "'a', 'b' or 'c'"),
        (("single",), "'only'"),
        (("flag",), "true or false"),
        (("text",), "text of up to 1,000 characters"),
        (("few",), "a list of 1 to 3 items, each a whole number from 0"),
        (("few", 2), "a whole number from 0"),
    ],
)
def test_what_a_key_may_hold_is_said_in_words(path, words):
    part = find(SCHEMA, path)
    assert part is not None
    assert describe(part) == words


@pytest.mark.parametrize("path", [("nothing",), ("section", "nothing"), ("flag", "deeper"), (0,), ("text", 0)])
def test_a_key_that_there_is_not_has_no_schema(path):
    assert find(SCHEMA, path) is None


def test_the_default_configuration_holds_every_key_that_the_walk_finds():
    def keys(values: dict, prefix: str = "") -> Iterator[str]:
        for key, value in values.items():
            yield f"{prefix}{key}"
            if isinstance(value, dict):
                yield from keys(value, f"{prefix}{key}.")

    walked = [key for key, _ in walk(json_schema())]
    assert len(set(walked)) == len(walked)
    assert {key for key in walked if "*" not in key} == set(keys(dict(VALUES)))
    assert {key.rpartition(".")[2] for key in walked if "*" in key} == set(Objective.model_fields)
