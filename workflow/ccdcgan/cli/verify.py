"""Whether a run's files are those that it was finished with: the command ``ccdcgan verify``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccdcgan.judging.funnel import check_sums
from ccdcgan.runs.artifacts import RECORDS, TIMESTAMP
from ccdcgan.runs.provenance import file_digest

__all__ = ["add_arguments", "read_manifest", "run", "verify"]

ASIDE = ("logs", "benchmarks", RECORDS, "manifest.json", "report.html", "report.zip")
"""What lies in a run's folder and is no artifact."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("runs", nargs="+", type=Path, metavar="run", help="folder of a finished run: results/bi-se")


def run(options: argparse.Namespace) -> int:
    """Say what differs, a line for each file; 1 if anything does."""
    wrong = 0
    for folder in options.runs:
        count = len(read_manifest(folder)["artifacts"])
        differences = verify(folder)
        for sentence in differences:
            print(f"{folder}/{sentence}")
        print(f"{folder}: {count} files in manifest.json, {len(differences) or 'no'} differences")
        wrong += len(differences)
    return int(wrong > 0)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run.

    Raises
    ------
    ValueError
        If there is none that can be read.
    """
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
        manifest["artifacts"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: found {type(error).__name__}, expected the manifest of a finished run") from error
    return manifest


def verify(folder: Path) -> list[str]:
    """Compare a run with its manifest.

    Parameters
    ----------
    folder
        Of the run, ``results/<run>``.

    Returns
    -------
    list of str
        A sentence for each file that is missing, changed or unlisted, and for each block of ``funnel.json`` whose sums
        do not close; it begins with the file's path within the run.

    Raises
    ------
    ValueError
        If the run has no manifest.
    """
    artifacts = read_manifest(folder)["artifacts"]
    sentences = [
        f"{name}: {problem}" for name, entry in artifacts.items() if (problem := _problem(folder / name, entry))
    ]
    sentences += [f"{name}: not in manifest.json." for name in _files(folder) if name not in artifacts]
    try:
        sentences += [
            f"funnel.json: {sentence}" for sentence in check_sums(json.loads((folder / "funnel.json").read_text()))
        ]
    except FileNotFoundError:
        if "funnel.json" not in artifacts:
            sentences.append("funnel.json: missing.")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sentences.append(f"funnel.json: found {type(error).__name__}, expected the counts of a run.")
    return sorted(sentences)


def _problem(path: Path, entry: dict[str, Any]) -> str | None:
    if not path.is_file():
        return "missing."
    if (found := path.stat().st_size) != entry["bytes"]:
        return f"changed: found {found} bytes, expected {entry['bytes']}."
    if (digest := file_digest(path)) != entry["sha256"]:
        return f"changed: found sha256 {digest[:16]}..., expected {entry['sha256'][:16]}..."
    return None


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if not path.is_dir() and name.parts[0] not in ASIDE and name.name != TIMESTAMP:
            yield name.as_posix()
