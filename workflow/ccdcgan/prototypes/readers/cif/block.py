"""Values of a block of a CIF, by tag in any case, dotted or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import gemmi

from ccdcgan.crystals.structures import Reason, Rejected

__all__ = ["UNKNOWN", "Block", "is_null"]

UNKNOWN = "?"
"""A value that nobody knows; the other one that is none, a point, is the dictionary's default."""


def is_null(value: str) -> bool:
    """Whether a value is not given."""
    return value in (".", UNKNOWN)


class Block:
    """A block, whose tags are in small letters with underscores for dots.

    Parameters
    ----------
    block
        As gemmi read it.
    """

    def __init__(self, block: gemmi.cif.Block) -> None:
        self.name: str = block.name.strip()
        self.twice: list[str] = []
        """Tags that are there twice, in any spelling, with different values."""
        self._columns: dict[str, tuple[int | None, list[str]]] = {}
        for tag, loop, values in _items(block):
            name = tag.lower().replace(".", "_")
            first, known = self._columns.setdefault(name, (loop, values))
            if first is None and loop is None and not _is_given(known[0]):
                self._columns[name] = (loop, values)
            elif known != values and (loop is not None or _is_given(values[0])):
                self.twice.append(tag)

    def __contains__(self, tag: str) -> bool:
        return tag in self._columns

    def tags(self, beginning: str) -> list[str]:
        """All tags that begin so."""
        return [tag for tag in self._columns if tag.startswith(beginning)]

    def column(self, tag: str) -> list[str]:
        """All values of a tag; empty without the tag."""
        return self._columns[tag][1] if tag in self._columns else []

    def values(self, *tags: str) -> list[str]:
        """What any of some tags say, in this order and each once; nothing of what is not given."""
        found = [value for tag in tags for value in self.column(tag) if _is_given(value)]
        return list(dict.fromkeys(found))

    def value(self, *tags: str) -> str | None:
        """The one value of some tags that mean the same; None if it is not given.

        Raises
        ------
        Rejected
            ``unreadable`` if they differ.
        """
        found = self.values(*tags)
        if len(found) > 1:
            raise Rejected(Reason.UNREADABLE, f"found {found[0]!r} and {found[1]!r} for {tags[0]}, expected one value")
        return found[0] if found else None

    def together(self, tag: str, other: str) -> bool:
        """Whether two tags are columns of one loop, or both of none."""
        return self._columns[tag][0] == self._columns[other][0]


def _is_given(value: str) -> bool:
    return bool(value) and not is_null(value)


def _items(block: gemmi.cif.Block) -> Iterator[tuple[str, int | None, list[str]]]:
    """Every tag with the number of its loop and its values."""
    for index, item in enumerate(block):
        if item.pair is not None:
            tag, raw = cast(tuple[str, str], item.pair)
            yield tag, None, [_value(raw)]
        elif item.loop is not None:
            values, width = item.loop.values, item.loop.width()
            for column, tag in enumerate(item.loop.tags):
                yield tag, index, [_value(raw) for raw in values[column::width]]


def _value(raw: str) -> str:
    return raw if gemmi.cif.is_null(raw) else str(gemmi.cif.as_string(raw)).strip()
