"""What the reader of a format gives: the parts of a file, and of each a crystal or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from pymatgen.core import Structure

from ccdcgan.crystals.structures import Reason, Rejected

__all__ = ["Crystal", "Part", "Piece", "attempt", "numbered", "one_line"]

T = TypeVar("T")


class Crystal(NamedTuple):
    """A crystal as a file says it."""

    structure: Structure
    """All atoms of the cell."""
    remarks: tuple[str, ...] = ()
    """What a person should know of how it was read. Nothing in them is a guess: what had to be guessed is rejected."""


class Part(NamedTuple):
    """One block, frame or element of a text, not yet parsed."""

    label: str
    """Its number or name; empty where it is the only one and has no name."""
    place: str
    """Where in the text it stands, in words."""
    parse: Callable[[], Crystal]
    """Reads it; raises `Rejected`, or whatever a parser stumbles over."""


class Piece(NamedTuple):
    """A whole file, a row of a table or a member of an archive: a text that is cut into parts before any is parsed."""

    label: str
    """Its name in the file; empty for the whole."""
    place: str
    """Where in the file it stands, in words; empty for the whole."""
    parts: Callable[[], list[Part]]
    """Cuts it; raises as `Part.parse` does."""

    def label_of(self, part: Part) -> str:
        """Of one of its parts: what follows the name of the file in the structure's id."""
        return "#".join(filter(None, (self.label, part.label)))

    def place_of(self, part: Part) -> str:
        """Where in the file one of its parts stands."""
        return ", ".join(filter(None, (self.place, part.place)))

    def inside(self, label: str, place: str) -> Piece:
        """The same piece in something that has a label and a place itself."""
        return Piece(
            "#".join(filter(None, (label, self.label))), ", ".join(filter(None, (place, self.place))), self.parts
        )


def numbered(parse: Callable[[Any], Crystal], pieces: Sequence[tuple[str, Any]]) -> list[Part]:
    """Parts labelled by running numbers, from pairs of a place and what is to be parsed.

    Raises
    ------
    Rejected
        ``unreadable`` if there are none.
    """
    if not pieces:
        raise Rejected(Reason.UNREADABLE, "found no structure with atoms")
    single = len(pieces) == 1
    return [
        Part("" if single else str(number), place, lambda piece=piece: parse(piece))  # type: ignore[misc]
        for number, (place, piece) in enumerate(pieces, 1)
    ]


def attempt(function: Callable[[], T]) -> T | Rejected:
    """The result of a function, or why there is none."""
    try:
        return function()
    except Rejected as error:
        return error
    except Exception as error:  # a parser raises whatever it stumbles over
        return Rejected(Reason.UNREADABLE, one_line(f"{type(error).__name__}: {error}"))


def one_line(text: object, length: int = 200) -> str:
    """Shorten a message of somebody's parser for a cell of a table."""
    words = " ".join(str(text).split())
    return words if len(words) <= length else words[: length - 3] + "..."
