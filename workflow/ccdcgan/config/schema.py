"""The JSON schema of the configuration, read: all its keys, and what each may hold in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

__all__ = ["Schema", "describe", "find", "section_of", "walk"]

Schema = dict[str, Any]


def find(schema: Schema, path: Sequence[str | int]) -> Schema | None:
    """Schema of one key, or of an item of a list.

    Parameters
    ----------
    schema
        Of the configuration.
    path
        Keys and positions, from the top.

    Returns
    -------
    dict or None
        None if the configuration has no such key.
    """
    definitions = schema.get("$defs", {})
    part: Schema | None = schema
    for step in path:
        part = next((child for option in _options(part, definitions) if (child := _child(option, step))), None)
        if part is None:
            return None
    return part


def walk(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
    """Every section and key, in order: its dotted name and its schema; ``*`` stands for an item of a list of sections.

    Parameters
    ----------
    schema
        Of the configuration.
    prefix
        Of the names, with its dot.
    """

    def inside(section: Schema, prefix: str) -> Iterator[tuple[str, Schema]]:
        for name, part in section["properties"].items():
            yield f"{prefix}{name}", part
            for end, inner in ((".", section_of(schema, part)), (".*.", section_of(schema, part.get("items", {})))):
                if inner:
                    yield from inside(inner, f"{prefix}{name}{end}")

    yield from inside(schema, prefix)


def section_of(schema: Schema, part: Schema) -> Schema | None:
    """The section that a key holds, if it holds one (or null)."""
    return next((option for option in _options(part, schema.get("$defs", {})) if "properties" in option), None)


def describe(part: Schema, mark: str = "'") -> str:
    """Say in plain words what a key may hold.

    Parameters
    ----------
    part
        Schema of the key.
    mark
        Sign around a word that is to be written as it stands.
    """
    if "anyOf" in part:
        *options, last = [describe(option, mark) for option in part["anyOf"]]
        return f"{' or '.join(options)}{',' if last == 'null' else ''} or {last}"
    if "enum" in part or "const" in part:
        words = [f"{mark}{word}{mark}" for word in part.get("enum", [part.get("const")])]
        return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
    match part.get("type"):
        case "integer":
            return f"a whole number{_range(part)}"
        case "number":
            return f"a number{_range(part)}"
        case "boolean":
            return "true or false"
        case "string":
            return str(part.get("patternErrorMessage", f"text{_size(part, 'Length', 'characters')}"))
        case "null":
            return "null"
        case "array" if "prefixItems" in part:
            return f"a list of {len(part['prefixItems'])} items, each {describe(part['prefixItems'][0], mark)}"
        case "array":
            return f"a list{_size(part, 'Items', 'items')}, each {describe(part['items'], mark)}"
    return "keys and values"


def _options(part: Schema | None, definitions: Schema) -> list[Schema]:
    """What a schema allows, one by one, with references followed."""
    if part is None:
        return []
    if "$ref" in part:
        return [definitions[part["$ref"].rpartition("/")[2]]]
    return [option for each in part["anyOf"] for option in _options(each, definitions)] if "anyOf" in part else [part]


def _child(part: Schema, step: str | int) -> Schema | None:
    if isinstance(step, str):
        return part.get("properties", {}).get(step)
    items = part.get("prefixItems", [])
    return items[step] if step < len(items) else part.get("items")


def _range(part: Schema) -> str:
    """Bounds of a number, the lower one first."""
    words = []
    if "exclusiveMinimum" in part:
        words.append(f"above {_plain(part['exclusiveMinimum'])}")
    if "minimum" in part:
        words.append(f"from {_plain(part['minimum'])}")
    if "exclusiveMaximum" in part:
        words.append(f"and below {_plain(part['exclusiveMaximum'])}")
    if "maximum" in part:
        words.append(f"{'to' if 'minimum' in part else 'and up to'} {_plain(part['maximum'])}")
    if "multipleOf" in part:
        words.append(f"in steps of {_plain(part['multipleOf'])}")
    return "".join(f" {word}" for word in words)


def _size(part: Schema, kind: str, what: str) -> str:
    """How long a text or list may be."""
    least, most = part.get(f"min{kind}", 0), part.get(f"max{kind}")
    if most is not None:
        return f" of {f'{least} to' if least else 'up to'} {most:,} {what}"
    return f" of {least} or more {what}" if least else ""


def _plain(number: float) -> str:
    return f"{Decimal(repr(number)).normalize():,f}"
