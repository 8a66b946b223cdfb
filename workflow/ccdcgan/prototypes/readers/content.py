"""From bytes to text: formats by the names of files, compression, encodings and ends of lines."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import zlib
from pathlib import Path
from typing import IO, Any

from ccdcgan.crystals.structures import Reason, Rejected

__all__ = ["ARCHIVE", "FORMATS", "as_text", "file_format", "read_text", "unpacked"]

ARCHIVE = "archive"
FORMATS = {
    "cif": r"\.m?cif",
    "poscar": r"(^|/)(POSCAR|CONTCAR)[^/]*|\.(vasp|poscar)",
    "extxyz": r"\.(ext)?xyz",
    "json": r"\.json",
    "jsonl": r"\.(jsonl|ndjson)",
    "csv": r"\.(csv|tsv)",
    "res": r"\.res",
    "xsf": r"\.a?xsf",
    "gen": r"\.gen",
    ARCHIVE: r"\.(zip|tar|tgz|tbz2?|txz)",
}
"""End of a file's name, in any case, by format; those of archives come first."""
COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
"""What opens a file, by its first bytes."""
ENDINGS = r"\.(gz|bz2|xz)$"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""Encoding, by its byte order mark."""


def file_format(name: str) -> str | None:
    """Name of the format, by the name of a file; None for all others."""
    plain = re.sub(ENDINGS, "", name, flags=re.IGNORECASE)
    for kind in (ARCHIVE, *FORMATS):
        if re.search(f"({FORMATS[kind]})$", plain, re.IGNORECASE):
            return kind
    return None


def read_text(path: Path, max_size: float) -> str:
    """The text of a file, with lines that end in a line feed.

    Parameters
    ----------
    path
        May be compressed by gzip, bzip2 or xz, whatever its name.
    max_size
        Of what it unpacks to, in MB.

    Raises
    ------
    Rejected
        ``unreadable`` if it is no text, cannot be unpacked or is too large.
    """
    with path.open("rb") as file:
        return as_text(unpacked(file, round(max_size * 1e6)))


def as_text(content: bytes) -> str:
    """Bytes as text, with lines that end in a line feed.

    Raises
    ------
    Rejected
        ``unreadable`` if they are no text.
    """
    encoding = next((encoding for mark, encoding in MARKS.items() if content.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\0" in content:
        raise Rejected(Reason.UNREADABLE, "found a binary file, expected text")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise Rejected(Reason.UNREADABLE, f"found no {encoding}, though its mark says so") from None
        text = content.decode("latin-1")  # authors' names in old files
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unpacked(file: IO[bytes], limit: int) -> bytes:
    """All bytes of an open file, uncompressed.

    Parameters
    ----------
    file
        At its beginning; may be compressed by gzip, bzip2 or xz.
    limit
        Of what it unpacks to, in bytes.

    Raises
    ------
    Rejected
        ``unreadable`` if it cannot be unpacked or is too large.
    """
    head = file.read(8)
    file.seek(0)
    opener: Any = next((opener for start, opener in COMPRESSED.items() if head.startswith(start)), None)
    try:
        opened: IO[bytes] = opener(file, "rb") if opener else file
        content = opened.read(limit + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise Rejected(Reason.UNREADABLE, f"found a file that cannot be unpacked ({error})") from error
    if len(content) > limit:
        raise Rejected(Reason.UNREADABLE, f"found more than {limit / 1e6:g} MB, as many are allowed")
    return content
