"""Every number of the configuration has a lower and an upper bound, and no other value passes."""

from collections.abc import Iterator

import pytest

from ccdcgan.config.documentation import json_schema
from ccdcgan.config.schema import Schema, walk


def numbers(key: str, part: Schema) -> Iterator[tuple[str, Schema]]:
    """The numbers that a key may hold, those in its lists as well."""
    if part.get("type") in ("integer", "number"):
        yield key, part
    for inner in (*part.get("anyOf", ()), *part.get("prefixItems", ()), *([part["items"]] if "items" in part else ())):
        yield from numbers(key, inner)


NUMBERS = [found for key, part in walk(json_schema()) for found in numbers(key, part)]


def test_there_are_numbers():
    assert len(NUMBERS) > 70
    assert {"gan.steps", "screening.tolerance", "studies.seeds", "relaxation.volume_per_atom"} <= {*dict(NUMBERS)}


@pytest.mark.parametrize(("key", "part"), NUMBERS, ids=[key for key, _ in NUMBERS])
def test_every_number_has_both_bounds(key, part):
    least = part.get("minimum", part.get("exclusiveMinimum"))
    most = part.get("maximum", part.get("exclusiveMaximum"))
    assert least is not None
    assert most is not None
    assert -1e15 <= least < most <= 1e15


def test_the_texts_of_the_configuration_have_bounds_too():
    def texts(key: str, part: Schema) -> Iterator[tuple[str, Schema]]:
        if part.get("type") == "string" and not {"enum", "const"} & part.keys():
            yield key, part
        for inner in (*part.get("anyOf", ()), *([part["items"]] if "items" in part else ())):
            yield from texts(key, inner)

    found = [text for key, part in walk(json_schema()) for text in texts(key, part)]
    assert len(found) > 10
    assert [key for key, part in found if "maxLength" not in part] == []
