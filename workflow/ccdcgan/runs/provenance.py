"""Where a result came from: digests of code, config and files, and the manifest of a run."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ccdcgan.config.configuration import Config
from ccdcgan.runs.artifacts import recorded_versions

__all__ = ["calculation_folders", "code_digest", "commit", "file_digest", "manifest", "versions"]

VERSIONS = [
    "ase",
    "ferrox",
    "h5py",
    "keras",
    "kim-tools",
    "numpy",
    "pandas",
    "pymatgen",
    "pyxtal",
    "scikit-learn",
    "scipy",
    "sevenn",
    "snakemake",
    "spglib",
    "tensorflow",
    "torch",
]
"""Packages whose versions a result may depend on."""


@cache
def code_digest(script: Path, *modules: str) -> str:
    """Digest of a script and of every module of this package that it imports, directly or through others.

    Modules that the script imports by a name it is given are named here as well.

    A rule that carries it as a parameter runs again when code that it uses has changed, and only then: touching a
    file or checking out the same commit elsewhere changes nothing.
    """
    import grimp

    graph = _import_graph(grimp)
    package = Path(__file__).parents[1]
    imported = {line.split()[1] for line in script.read_text().splitlines() if line.startswith("from ccdcgan")}
    used = set()
    for name in imported.union(modules):
        used |= {name} | set(graph.find_upstream_modules(name, as_package=False))
        # "from ccdcgan.x import y" runs the packages above as well.
        used |= {parent for parent in graph.modules if name.startswith(parent + ".")}
    digest = hashlib.sha256(script.read_bytes())
    for module in sorted(used):
        path = package.joinpath(*module.split(".")[1:])
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        digest.update(module.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _import_graph(grimp: Any) -> Any:
    return grimp.build_graph("ccdcgan", cache_dir=None)


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def calculation_folders(table: Path) -> list[Path]:
    """Folders that an engine which runs a program has kept for the structures of a relaxed batch.

    Parameters
    ----------
    table
        The batch's table; any other file has none.
    """
    if table.suffix != ".csv":
        return []
    with table.open(newline="") as file:
        folders = [table.with_suffix("") / row["id"] for row in csv.DictReader(file)]
    return [folder for folder in folders if folder.is_dir()]


def manifest(run: Path, artifacts: Iterable[Path], config: Config) -> dict[str, Any]:
    """What a run is made of.

    Parameters
    ----------
    run
        Folder of the run.
    artifacts
        Files below it.
    config
        The run's configuration.

    Returns
    -------
    dict
        ``artifacts`` (path within the run -> sha256 and bytes), ``commit`` (of the workflow, or null outside a git
        checkout; ``-dirty`` behind it where files differ), ``config`` and its ``config_digest``, ``seed`` and
        ``versions`` (of the packages that the run's jobs had).
    """
    values = config.model_dump(mode="json")
    text = json.dumps(values, sort_keys=True)
    return {
        "run": config.run,
        "seed": config.seed,
        "config": values,
        "config_digest": hashlib.sha256(text.encode()).hexdigest(),
        "commit": commit(),
        "versions": recorded_versions(run) or versions(),
        "artifacts": {
            path.relative_to(run).as_posix(): {"sha256": file_digest(path), "bytes": path.stat().st_size}
            for path in sorted(artifacts)
        },
    }


def versions() -> dict[str, str]:
    """Versions of the packages that a result may depend on, those that this environment has."""
    found = {}
    for name in VERSIONS:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def commit() -> str | None:
    """The commit of the workflow, ``-dirty`` behind it where files differ; None outside a git checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
