"""The members of zip and tar archives, in memory: nothing is written to a disk, and names are labels only."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.content import unpacked
from ccdcgan.prototypes.readers.parts import attempt, one_line

__all__ = ["Member", "members"]

HIDDEN = "__MACOSX"
"""Folder in which macOS hides what it writes beside each file."""
ZIP = (b"PK\3\4", b"PK\5\6")
"""First bytes of a zip archive, and of an empty one."""
REST = "the rest"
"""Name of what stands behind the last member that can be read."""


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    """Its path in the archive, with slashes; a label that is never opened."""
    content: bytes | Rejected
    """Uncompressed, or why it cannot be read."""

    @property
    def label(self) -> str:
        """The name on one line, with replacement characters for what cannot be printed."""
        return one_line("".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in self.name))


def members(path: Path, max_size: float) -> Iterator[Member]:
    """Give every file of an archive; folders, and hidden files and folders, are left out.

    Parameters
    ----------
    path
        A zip or tar archive, whatever its name; a tar archive may be compressed, as may each file in both.
    max_size
        Of what all files in it unpack to, in MB.

    Raises
    ------
    Rejected
        ``unreadable`` if it is no archive, or unpacks to more.
    """
    limit = round(max_size * 1e6)
    with path.open("rb") as file:
        content = unpacked(file, limit)
    left = limit
    for name, read in (_in_zip if content.startswith(ZIP) else _in_tar)(content):
        name = name.encode("utf-8", "replace").decode().replace("\\", "/")
        if _is_hidden(name):
            continue
        packed = attempt(lambda read=read, most=left + 1: read(most))  # type: ignore[misc]
        if isinstance(packed, Rejected):
            yield Member(name, packed)
            continue
        if len(packed) > left:
            raise Rejected(Reason.UNREADABLE, f"found an archive of more than {max_size:g} MB, as many are allowed")
        found = attempt(lambda packed=packed, most=left: unpacked(BytesIO(packed), most))  # type: ignore[misc]
        left -= len(packed if isinstance(found, Rejected) else found)
        yield Member(name, found if found != b"" else Rejected(Reason.UNREADABLE, "found an empty file"))


def _is_hidden(name: str) -> bool:
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == HIDDEN for part in parts)


_Listed = Iterator[tuple[str, Callable[[int], bytes]]]
"""Name of each file, and what reads at most so many bytes of it."""


def _in_zip(content: bytes) -> _Listed:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except zipfile.BadZipFile as error:
        raise _broken(error) from error
    with archive:
        for each in archive.infolist():
            if not each.is_dir():
                yield each.filename, lambda limit, each=each: _read_zipped(archive, each, limit)  # type: ignore[misc]


def _read_zipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    if member.flag_bits & 1:
        raise Rejected(Reason.UNREADABLE, "found an encrypted file, expected one that is not")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Rejected(Reason.UNREADABLE, "found a link, expected a file")
    try:
        with archive.open(member) as file:
            return file.read(limit)
    except Exception as error:  # of the archive, its compression or the file in it
        raise _broken(error) from error


def _in_tar(content: bytes) -> _Listed:
    try:
        archive = tarfile.open(fileobj=BytesIO(content), mode="r:")  # noqa: SIM115
    except tarfile.TarError as error:
        raise _broken(error) from error
    with archive:
        try:
            while (each := archive.next()) is not None:
                if not each.isdir():
                    yield each.name, lambda limit, each=each: _read_tarred(archive, each, limit)  # type: ignore[misc]
        except (tarfile.TarError, ValueError) as error:
            yield REST, _raising(_broken(error))
            return
        if content[archive.offset :].strip(b"\0"):
            yield REST, _raising(_broken("more follows behind its last member"))


def _read_tarred(archive: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    if not member.isreg():
        raise Rejected(Reason.UNREADABLE, "found a link or a device, expected a file")
    try:
        file: IO[bytes] | None = archive.extractfile(member)
        assert file is not None
        return file.read(limit)
    except Exception as error:  # of the archive or the file in it
        raise _broken(error) from error


def _broken(error: object) -> Rejected:
    return Rejected(Reason.UNREADABLE, one_line(f"found a file that cannot be unpacked ({error})"))


def _raising(rejected: Rejected) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        raise rejected

    return read
