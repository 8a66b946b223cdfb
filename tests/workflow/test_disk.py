"""A disk that takes no more: one clear sentence, and nothing half left behind."""

import subprocess
from pathlib import Path

import pytest

from tests.workflow.running import checkout, smallest

TARGET = "results/test/prototypes/rejected.csv"
"""Of a rule that takes seconds."""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A checkout whose results lie on a disk of their own, of 64 kB, most of which the inputs of one rule take."""
    checkout(tmp_path)
    results = tmp_path / "results"
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", results]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount the small disk that this fills: runs wherever the suite runs as root")
    prototypes = results / "test/prototypes"
    prototypes.mkdir(parents=True)
    rows = "".join(f"cell-{number}\n" for number in range(1000))
    (prototypes / "distinct.csv").write_text("id\n" + rows)
    (prototypes / "unfit.csv").write_text("id,reason,detail\n")
    yield tmp_path
    subprocess.run(["umount", results], check=True)


def test_a_full_disk_is_told_in_one_sentence(folder):
    run = smallest(folder, TARGET)
    assert run.returncode != 0
    assert run.stderr.count("no space is left on the device; free some and start again") == 1
    assert f"{TARGET.replace('rejected', 'table')}: no space" in run.stderr or f"{TARGET}: no space" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (folder / TARGET).exists()
    # With some space it goes on.
    subprocess.run(["mount", "-o", "remount,size=1m", folder / "results"], check=True)
    again = smallest(folder, TARGET)
    assert again.returncode == 0, again.stderr[-3000:]
    assert (folder / TARGET).read_text().count("not_sampled") == 990


def test_a_disk_that_is_read_only_is_told_before_any_job_starts(folder):
    subprocess.run(["mount", "-o", "remount,ro", folder / "results"], check=True)
    run = smallest(folder, TARGET)
    assert run.returncode != 0
    assert "results/test: the file system is read-only; make it writable and start again." in run.stderr
    assert "Traceback" not in run.stderr
    assert "Finished" not in run.stderr
    assert smallest(folder, TARGET, "--dry-run").returncode == 0
