"""The blocks of a CIF that hold, or should hold, a crystal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import gemmi

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.cif.block import Block
from ccdcgan.prototypes.readers.cif.crystal import crystal
from ccdcgan.prototypes.readers.parts import Crystal, Part, numbered, one_line

__all__ = ["parts"]

STRUCTURAL = ("_atom_site_fract", "_atom_site_cartn", "_cell_length", "_cell_angle")
"""Tags that only a block with a crystal has."""
HEADER = re.compile(r"[ \t]*data_(\S*)", re.IGNORECASE)


def parts(text: str) -> list[Part]:
    """The blocks of a CIF with a cell or with atoms; others hold what is said of the file or of the experiment.

    A block that gemmi cannot read is a part of its own, which says why.

    Raises
    ------
    Rejected
        ``unreadable`` if there is none.
    """
    try:
        document = _document(text)
    except (ValueError, RuntimeError) as error:
        return _salvaged(text, str(error))
    blocks = [
        (place, Block(each)) for number, block in enumerate(document, 1) for place, each in _with_frames(number, block)
    ]
    return numbered(crystal, [each for each in blocks if any(map(each[1].tags, STRUCTURAL))])


def _document(text: str) -> gemmi.cif.Document:
    """As gemmi reads it; names that are there twice are left to `Block`, as some collections write them so."""
    document = gemmi.cif.read_string(text, check_level=0)
    document.check_for_missing_values()
    return document


def _place(number: int, name: str) -> str:
    return f"block {number}, data_{name.strip()}"


def _with_frames(number: int, block: gemmi.cif.Block) -> Iterator[tuple[str, gemmi.cif.Block]]:
    """A block and the save frames in it, which no crystal should be in, with their places."""
    place = _place(number, block.name)
    yield place, block
    for item in block:
        if item.frame is not None:
            yield f"{place}, save_{item.frame.name}", item.frame


def _salvaged(text: str, error: str) -> list[Part]:
    """The blocks of a text that is wrong somewhere: each is read alone."""
    pieces = _split(text)
    if not pieces:
        raise Rejected(Reason.UNREADABLE, one_line(error))
    return numbered(_read_alone, [(_place(number, name), piece) for number, name, piece in pieces])


def _split(text: str) -> list[tuple[int, str, str]]:
    """Number, name and text of every block with a structural tag."""
    blocks: list[tuple[str, list[str]]] = [("", [])]
    inside_text = False
    for line in text.split("\n"):
        if line.startswith(";"):
            inside_text = not inside_text
        if not inside_text and (header := HEADER.match(line)):
            blocks.append((header[1], []))
        blocks[-1][1].append(line + "\n")
    found = [(number, name, "".join(lines)) for number, (name, lines) in enumerate(blocks)]
    return [each for each in found if any(tag in each[2].lower().replace(".", "_") for tag in STRUCTURAL)]


def _read_alone(text: str) -> Crystal:
    try:
        (block,) = _document(text)
    except (ValueError, RuntimeError) as error:
        further = sum(HEADER.match(line) is not None for line in text.split("\n")) - 1
        lost = f"; {further} further blocks in it are not read" if further > 0 else ""
        raise Rejected(Reason.UNREADABLE, one_line(f"{error}{lost}")) from error
    return crystal(Block(block))
