"""Structure files as a source: folders of files of any known format, tables that hold CIF text, and archives."""

from __future__ import annotations

import glob
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from ccdcgan.config.prototypes import Files, Prototypes
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Entry, Origin
from ccdcgan.prototypes.readers.content import file_format
from ccdcgan.prototypes.readers.reading import Found, Reader

__all__ = ["find_files", "printable", "read"]

log = logging.getLogger(__name__)


def read(settings: Files, limits: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """Give the structures of all files.

    Parameters
    ----------
    settings
        Section ``prototypes.files`` of the config.
    limits
        Section ``prototypes``: no larger cell is read.
    system, seed
        Of nothing here.

    Yields
    ------
    Entry
        Named by the file, and by the number, id or name of the structure where a file holds several. A file that cannot
        be read is one entry, too.

    Raises
    ------
    ValueError
        If one of the paths matches nothing.
    """
    files = find_files(settings.paths)
    with Reader(settings, limits) as reader:
        for name, path, problem in files:
            problem = problem or _problem(path, settings.max_size)
            for found in [Found("", "", problem)] if problem else reader.read(path):
                yield _entry(name, path, found, settings)


def _entry(name: str, path: Path, found: Found, settings: Files) -> Entry:
    source_id = f"{name}#{found.label}" if found.label else name
    for remark in found.remarks:
        log.warning("%s: %s", source_id, remark)
    cell = found.cell
    if isinstance(cell, Rejected):
        cell = Rejected(cell.reason, f"{source_id}: {cell.detail}")
    origin = Origin("files", source_id, settings.licence, settings.citation)
    return Entry(
        origin,
        cell,
        found.elements,
        merge=settings.merge_species,
        file=printable(path),
        place=found.place,
        remarks=found.remarks,
    )


def find_files(paths: Sequence[str]) -> list[tuple[str, Path, Rejected | None]]:
    """Find the files of folders (with all folders in them), patterns and single paths.

    Hidden files and folders inside a folder are left out. A folder reached again by a link is not read again.

    Parameters
    ----------
    paths
        As in the config.

    Returns
    -------
    list of tuple
        Name relative to the folder, or to the part of the pattern before the wildcards; path; why it cannot be
        entered. Every path once.

    Raises
    ------
    ValueError
        If a path matches nothing, or there is no path.
    """
    if not paths:
        raise ValueError("prototypes.files.paths: found no path, expected at least one")
    found: dict[str, tuple[str, Path, Rejected | None]] = {}
    for text in paths:
        matches = list(_matches(text))
        if not matches:
            raise ValueError(f"prototypes.files.paths: found nothing at {text!r}, expected files")
        for root, path, problem in matches:
            found.setdefault(os.path.abspath(path), (printable(path.relative_to(root)), path, problem))
    return list(found.values())


def printable(path: Path) -> str:
    """As text, with replacement characters for bytes that are none."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


_Match = tuple[Path, Path, Rejected | None]
"""The folder that names are relative to, a path in it, and why it cannot be entered."""


def _matches(text: str) -> Iterator[_Match]:
    given = Path(text).expanduser()
    if given.is_dir():
        yield from _walk(given, given, set())
    elif os.path.lexists(given) or not glob.has_magic(text):
        if os.path.lexists(given):
            yield given.parent, given, None
    else:
        first = next(index for index, part in enumerate(given.parts) if glob.has_magic(part))
        root = Path(*given.parts[:first])
        try:
            paths = sorted(root.glob("/".join(given.parts[first:])))
        except ValueError as error:
            raise ValueError(f"prototypes.files.paths: found {text!r}, expected a pattern ({error})") from error
        seen: set[tuple[int, int]] = set()
        for path in paths:
            yield from _walk(path, root, seen) if _is_folder(path) else [(root, path, None)]


def _walk(folder: Path, root: Path, seen: set[tuple[int, int]]) -> Iterator[_Match]:
    """Everything in a folder, by name."""
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            yield root, folder, Rejected(Reason.UNREADABLE, "found a link to a folder that is read already")
            return
        seen.add((status.st_dev, status.st_ino))
        children = sorted(folder.iterdir())
    except OSError as error:
        yield root, folder, _system_error(error)
        return
    for child in children:
        if child.name.startswith("."):
            continue
        if _is_folder(child):
            yield from _walk(child, root, seen)
        else:
            yield root, child, None


def _is_folder(path: Path) -> bool:
    """Whether to enter it: one called x.cif is a mistake that is told."""
    return os.path.isdir(path) and file_format(f"x{''.join(path.suffixes[-2:])}") is None


def _problem(path: Path, max_size: float) -> Rejected | None:
    """Why a file is not even opened; opening a pipe would wait for ever."""
    try:
        status = path.stat()
    except OSError as error:
        return _system_error(error)
    megabytes = status.st_size / 1e6
    if stat.S_ISDIR(status.st_mode):
        return Rejected(Reason.UNREADABLE, "found a folder, expected a file")
    if not stat.S_ISREG(status.st_mode):
        return Rejected(Reason.UNREADABLE, "found a pipe or a device, expected a file")
    if not megabytes:
        return Rejected(Reason.UNREADABLE, "found an empty file")
    if megabytes > max_size:
        return Rejected(Reason.UNREADABLE, f"found {megabytes:.1f} MB, at most {max_size:g} allowed")
    return None


def _system_error(error: OSError) -> Rejected:
    return Rejected(Reason.UNREADABLE, error.strerror or type(error).__name__)
