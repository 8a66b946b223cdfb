"""Checkouts of the workflow, and runs of the smallest configuration in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "workflow", "config", "profiles", "envs", "resources")
SECRET = "planted-6f1f0d5b2c"
"""A key in the environment of every run, which must come out nowhere."""
LIMIT = 3600
"""Seconds after which a run counts as hanging."""


def checkout(folder: Path) -> Path:
    """A copy of the workflow, as somebody else's checkout."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


def environment() -> dict[str, str]:
    """That of a user, without what the tests set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "OMP_"))}
    return kept | {"MP_API_KEY": SECRET}


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "1"]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=LIMIT)


def smallest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return snakemake(folder, *arguments, "--configfile", "config/test.yaml")


def finished(folder: Path, *arguments: str) -> Path:
    run = smallest(folder, *arguments)
    assert run.returncode == 0, run.stderr[-5000:]
    return folder
