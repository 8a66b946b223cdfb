"""A configuration that cannot be used, said in plain words: the key, what was found and what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import (
    TypeAdapter,
    ValidationError,
)

from ccdcgan.config.schema import Schema, describe, find
from ccdcgan.config.values import Mismatch

__all__ = ["ConfigError", "check_option", "sentences", "show"]

SHOWN = 100
"""Characters of a value that an error shows."""
SAID = 10
"""Wrong keys that an error names."""


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the key, what was found and what was expected."""


def sentences(error: ValidationError, values: Mapping[str, Any], schema: Schema) -> list[str]:
    """One sentence for each wrong key of a configuration; of many the first ten, and how many more there are.

    Parameters
    ----------
    error
        What the classes raised.
    values
        The configuration that they were given.
    schema
        JSON schema of the classes.
    """
    said: dict[tuple[str | int, ...], str] = {}
    for item in error.errors(include_url=False):
        path, found = item["loc"], show(item["input"])
        reason = item.get("ctx", {}).get("error")
        match item["type"]:
            case "missing" if isinstance(path[-1], str):
                found, expected = "nothing", _expected(schema, path)
            case "extra_forbidden" | "invalid_key":
                found, expected = "an unknown key", "one that config/README.md lists"
            case _ if isinstance(reason, Mismatch):
                path, found, expected = (*path, reason.key), show(reason.found), reason.expected
            case _:
                path = _within(values, path)
                expected = str(reason or _expected(schema, path))
        key = ".".join(map(str, path))
        where = f"config key {key!r}" if path else "config"
        said.setdefault(path, f"{where}: found {found}, expected {expected}.")  # a union tells of each member
    told = list(said.values())
    return told if len(told) <= SAID else [*told[:SAID], f"Further wrong keys: {len(told) - SAID}."]


def check_option(name: str, value: Any, kind: Any) -> Any:
    """Check what a command's option was given as the key of a configuration would be.

    Parameters
    ----------
    name
        Of the option.
    value
        As text, or as it is.
    kind
        One of those of `values` and `quantities`.

    Returns
    -------
    Any
        What the value means.

    Raises
    ------
    ConfigError
        If it is of another kind or beyond its bounds.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(kind, config={"strict": True, "allow_inf_nan": False})
    try:
        return adapter.validate_python(value)
    except ValidationError:
        expected = describe(adapter.json_schema())
        raise ConfigError(f"{name}: found {show(value)}, expected {expected}.") from None


def show(value: Any) -> str:
    """A value as it is written in an error: in one line, and not all of a long one."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        return f"a very long {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text):,} characters)"


def _expected(schema: Schema, path: Sequence[str | int]) -> str:
    part = find(schema, path)
    return "otherwise" if part is None else describe(part)


def _within(values: Any, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """The part of a path that leads to something in the configuration: pydantic ends it with names of its own."""
    kept: list[str | int] = []
    for step in path:
        positions = range(len(values)) if isinstance(values, list | tuple) else ()
        if step not in (values if isinstance(values, Mapping) else positions):
            break
        values = values[step]
        kept.append(step)
    return tuple(kept)
