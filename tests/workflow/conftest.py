"""The smallest run, made once for all tests that only look at it, whichever processes they run in."""

import shutil
import time
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.running import checkout, finished


@pytest.fixture(scope="session")
def first(tmp_path_factory, worker_id) -> Path:
    """A checkout with a finished run, and the seconds that it took in the file ``seconds``; nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "first"
    with FileLock(f"{folder}.lock"):
        if not (folder / "seconds").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            start = time.monotonic()
            finished(checkout(folder))
            (folder / "seconds").write_text(str(time.monotonic() - start))
    return folder


@pytest.fixture
def copied(first, tmp_path) -> Path:
    """A copy of it, with the times of its files, for tests that change it."""
    return Path(shutil.copytree(first, tmp_path / "copied", symlinks=True))
