"""A file cut into pieces: a whole file, the rows of a table, the members of an archive; nothing is parsed yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ccdcgan.config.prototypes import Files
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers import ase_formats, extended_xyz, json_files, poscar, tables
from ccdcgan.prototypes.readers.archives import Member, members
from ccdcgan.prototypes.readers.cif import document
from ccdcgan.prototypes.readers.content import ARCHIVE, as_text, file_format, read_text
from ccdcgan.prototypes.readers.parts import Part, Piece, attempt

__all__ = ["pieces"]

PARTS: dict[str, Callable[[str], list[Part]]] = {
    "cif": document.parts,
    "poscar": poscar.parts,
    "extxyz": extended_xyz.parts,
    "json": json_files.parts,
    "jsonl": json_files.lines,
    "res": ase_formats.shelx,
    "xsf": ase_formats.xcrysden,
    "gen": ase_formats.dftb,
}
"""What cuts a text into parts, by format; a table is cut into rows."""
EXPECTED = "expected CIF, POSCAR, extended XYZ, JSON, JSON lines, CSV, RES, XSF, GEN or an archive of them"


def pieces(path: Path, settings: Files) -> list[Piece]:
    """A file as one piece, a table as one for each row, an archive as those of all files in it.

    Raises
    ------
    Rejected
        ``unreadable`` if it is no text, of no known format, a table without the column, or an archive without files.
    """
    if file_format(path.name) != ARCHIVE:
        return _pieces(path.name, lambda: read_text(path, settings.max_size), settings)
    found = [piece for member in members(path, settings.max_size) for piece in _of_member(member, settings)]
    if not found:
        raise Rejected(Reason.UNREADABLE, "found no files in the archive")
    return found


def _pieces(name: str, read: Callable[[], str], settings: Files) -> list[Piece]:
    """The pieces of a file by its name, and by what reads its text."""
    kind = file_format(name)
    if kind is None:
        raise Rejected(Reason.UNREADABLE, f"found an unknown kind of file, {EXPECTED}")
    if kind == ARCHIVE:
        raise Rejected(Reason.UNREADABLE, "found an archive in an archive, expected structure files in it")
    text = read()
    if kind == "csv":
        return tables.rows(text, settings.cif_column)
    return [Piece("", "", lambda: PARTS[kind](text))]


def _of_member(member: Member, settings: Files) -> list[Piece]:
    """The pieces of a file in an archive, named by it; of one that cannot be read a piece that says why."""
    content = member.content
    if isinstance(content, Rejected):
        found: list[Piece] | Rejected = content
    else:
        found = attempt(lambda: _pieces(member.name, lambda: as_text(content), settings))
    if isinstance(found, Rejected):
        found = [Piece("", "", lambda rejected=found: _refuse(rejected))]  # type: ignore[misc]
    return [each.inside(member.label, f"member {member.label}") for each in found]


def _refuse(rejected: Rejected) -> list[Part]:
    raise rejected
