"""What runs again after which change, and no more: every row of resources/reruns.md."""

import re

import pytest

from tests.workflow.reruns import CHANGES, TABLE, edit, jobs, planned, reruns
from tests.workflow.running import smallest

TARGET = "results/test/hull/ccdcgan.csv"
"""Of the real runs: of one model, without the figures."""


@pytest.fixture(scope="module")
def whole(first) -> dict[str, int]:
    return planned(first, "--forceall")


def rows() -> dict[str, str]:
    return dict(re.findall(r"^\| (.+?) \| (.+) \|$", TABLE.read_text(), re.M))


def test_the_table_holds_every_change_and_no_other():
    assert list(rows())[1:] == [change.name for change in CHANGES]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_only_what_a_change_touches_is_planned(first, whole, change, tmp_path):
    assert reruns(first, change, whole, tmp_path) == rows()[change.name]


def test_what_is_planned_runs_and_nothing_else(copied, whole):
    """An edited module, then more generated graphs, in real runs."""
    results = copied / "results/test"
    edit("judging/hull")(copied)
    expected = {"hull": 1}
    assert planned(copied, TARGET) == expected
    assert ran(copied) == expected
    before = {path: path.stat().st_mtime_ns for path in results.glob("[gdc]*/ccdcgan/0000.*")}
    assert len(before) == 5
    more = ("--config", "generation={count: 14}")
    expected = {"generation": 1, "decoding": 1, "candidates": 1, "matching": 1, "hull": 1}
    assert planned(copied, TARGET, *more) == expected
    assert ran(copied, *more) == expected
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert planned(copied, TARGET, *more) == {}


def ran(folder, *arguments: str) -> dict[str, int]:
    """Jobs of each rule that have run."""
    run = smallest(folder, TARGET, *arguments)
    assert run.returncode == 0, run.stderr[-5000:]
    finished = re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)", run.stderr, re.M)
    counts = {rule: finished.count(rule) for rule in finished}
    assert counts == jobs(run.stdout + run.stderr)
    return counts
