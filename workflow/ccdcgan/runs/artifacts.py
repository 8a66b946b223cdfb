"""Artifacts on disk: known to be whole, or set aside at the next start; and plain words for a disk that takes no more.

Imported by the Snakefile, so nothing heavy stands here. Every job leaves a record of how long its outputs are, once
they are on disk, and of the versions of the packages that made them (`record`). Before the next plan is made,
`set_aside` renames every output that is not as long any more, so that its rule runs again and nothing reads the half.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = [
    "RECORDS",
    "TIMESTAMP",
    "check_writable",
    "explain",
    "forget",
    "record",
    "recorded_outputs",
    "recorded_versions",
    "set_aside",
]

RECORDS = ".jobs"
"""Folder in that of the run, with a record of each job as JSON."""
TIMESTAMP = ".snakemake_timestamp"
"""What Snakemake puts into a folder that is an output."""
BROKEN = ".broken"
"""Behind the name of an output that was set aside."""
REASONS = {
    errno.ENOSPC: "no space is left on the device; free some and start again: what is finished stays",
    errno.EDQUOT: "the quota of disk space is used up; free some and start again: what is finished stays",
    errno.EFBIG: "the file is larger than the system or its limits allow; raise them and start again",
    errno.EROFS: "the file system is read-only; make it writable and start again",
    errno.EACCES: "this user may not write here; change the permissions and start again",
    errno.EPERM: "this user may not write here; change the permissions and start again",
}


def record(outputs: Iterable[Path | str], versions: Mapping[str, str]) -> None:
    """Write down how long the outputs of a job are, after they have reached the disk.

    Parameters
    ----------
    outputs
        Files or folders ``results/<run>/...``; those that do not exist are left out.
    versions
        Of the packages in the environment of the job.

    Raises
    ------
    OSError
        If the disk does not take them.
    """
    paths = [Path(output) for output in outputs]
    lengths = {}
    for path in paths:
        for file in _files(path):
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        if path.exists():
            lengths[path.as_posix()] = _lengths(path)
    if lengths:
        target = _record_of(paths)
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".new")
        unfinished.write_text(json.dumps({"lengths": lengths, "versions": dict(versions)}))
        unfinished.replace(target)


def forget(outputs: Iterable[Path | str]) -> None:
    """Remove the record of a job that begins: its outputs are about to change."""
    _record_of([Path(output) for output in outputs]).unlink(missing_ok=True)


def set_aside(run: Path) -> list[str]:
    """Rename every output that is not as long as when it was written.

    Parameters
    ----------
    run
        Folder ``results/<run>``, relative to where the workflow runs.

    Returns
    -------
    list of str
        A sentence for each, with its name.
    """
    sentences = []
    for job in _records(run):
        for name, expected in job.get("lengths", {}).items():
            output = Path(name)
            if not output.exists() or (found := _lengths(output)) == expected:
                continue
            wrong = min(part for part in {**found, **expected} if found.get(part) != expected.get(part))
            lengths = f"found {_bytes(found.get(wrong))}, expected {_bytes(expected.get(wrong))}"
            sentences.append(f"{(output / wrong).as_posix()}: {lengths}; kept as {name}{BROKEN} and made again.")
            aside = output.with_name(output.name + BROKEN)
            if aside.is_dir():
                shutil.rmtree(aside)
            elif output.is_dir():
                aside.unlink(missing_ok=True)
            output.replace(aside)
    return sentences


def check_writable(folder: Path) -> None:
    """Try to write into a folder, or into the one that it would be made in.

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    tried = folder
    while not tried.is_dir():
        tried = tried.parent
    try:
        with tempfile.TemporaryFile(dir=tried) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(folder)
        raise


def explain(error: BaseException, where: Path | str) -> str | None:
    """Say in one sentence why nothing can be written.

    Parameters
    ----------
    error
        What was raised.
    where
        File or folder that was to be written, named where the error itself names none.

    Returns
    -------
    str or None
        None if the error has another reason.
    """
    if not isinstance(error, OSError):
        return None
    number = error.errno
    if number not in REASONS and (told := re.search(r"errno = (\d+)", str(error))):  # HDF5 tells it in words only
        number = int(told.group(1))
    if number not in REASONS:
        return None
    return f"{error.filename or where}: {REASONS[number]}."


def recorded_outputs(run: Path) -> list[Path]:
    """Outputs of all jobs of a run that are there, whichever target asked for them."""
    return [Path(name) for job in _records(run) for name in job.get("lengths", {}) if Path(name).exists()]


def recorded_versions(run: Path) -> dict[str, str]:
    """Versions of the packages that the jobs of a run had; where jobs differ, all, in their order."""
    found: dict[str, set[str]] = {}
    for job in _records(run):
        for name, version in job.get("versions", {}).items():
            found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(versions)) for name, versions in sorted(found.items())}


def _records(run: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((run / RECORDS).rglob("*.json")):
        with suppress(OSError, ValueError):  # cut itself: nothing is known
            yield json.loads(path.read_text())


def _record_of(outputs: list[Path]) -> Path:
    first = outputs[0]
    return Path(*first.parts[:2], RECORDS, *first.parts[2:-1], first.name + ".json")


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file() and file.name != TIMESTAMP)
    elif path.exists():
        yield path


def _lengths(output: Path) -> dict[str, int]:
    """Bytes of a file (its name is empty), or of every file in a folder."""
    return {
        "" if file == output else file.relative_to(output).as_posix(): file.stat().st_size for file in _files(output)
    }


def _bytes(length: int | None) -> str:
    return "nothing" if length is None else f"{length} bytes"
