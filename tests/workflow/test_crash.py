"""The workflow killed at random moments and started again: it ends where an undisturbed run ends."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from ccdcgan.runs.provenance import file_digest
from tests.workflow.running import checkout, environment, finished, smallest

SEED = 0
LIMIT = 1800
"""Seconds in which a run must come to where it is to be killed."""


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "config/test.yaml"]
    log = (folder / "log").open("ab")
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group at once, and see that nothing of it is left."""
    members = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(members, timeout=20)
    assert not alive, alive


def artifacts(folder: Path) -> dict[str, Path]:
    results = folder / "results/test"
    kept = (path for path in results.rglob("*") if path.is_file())
    named = {path.relative_to(results).as_posix(): path for path in kept}
    return {name: path for name, path in named.items() if name.split("/")[0] not in ("logs", "benchmarks", ".jobs")}


def begun_and_finished(log: str) -> tuple[list[str], int]:
    """Rules of the jobs that have begun, and how many jobs have finished."""
    return re.findall(r"^(?:local)?rule (\w+):", log, re.M), len(re.findall(r"^Finished jobid", log, re.M))


def moments(first: Path, count: int) -> list[tuple[int, float]]:
    """Random moments of an undisturbed run: jobs that have finished by then, and seconds since the next one began."""
    (log,) = (first / ".snakemake/log").glob("*.log")
    events = re.findall(r"^\[(.*)\]\n((?:local)?rule|Finished)", log.read_text(), re.M)
    times = [(datetime.strptime(time, "%a %b %d %H:%M:%S %Y").timestamp(), what) for time, what in events]
    begin, end = times[0][0], times[-1][0]
    draw, found = random.Random(SEED), []
    for moment in sorted(draw.uniform(begin, end) for _ in range(count)):
        started = max(time for time, what in times if time <= moment and what != "Finished")
        found.append((sum(time <= started and what == "Finished" for time, what in times), moment - started))
    return found


def wait(process: subprocess.Popen[bytes], folder: Path, finished_before: int, seconds: float) -> str:
    """Wait until that many jobs have finished, over all starts, and the next one runs for so long; name its rule."""
    limit = time.monotonic() + LIMIT
    starts = (folder / "log").read_text().count("Building DAG of jobs")
    while time.monotonic() < limit and process.poll() is None:
        log = (folder / "log").read_text()
        attempt = log.split("Building DAG of jobs")[starts + 1 :]
        begun, done = begun_and_finished("".join(attempt))
        if begun_and_finished(log)[1] >= finished_before and len(begun) > done:
            time.sleep(seconds)
            return begun_and_finished((folder / "log").read_text())[0][-1]
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text()[-3000:])


@pytest.mark.crash
def test_a_run_that_is_killed_again_and_again_ends_like_an_undisturbed_one(first, tmp_path, request):
    folder = checkout(tmp_path)
    (folder / "log").touch()
    for number, (jobs, seconds) in enumerate(moments(first, request.config.getoption("kills")), start=1):
        process = start(folder)
        rule = wait(process, folder, jobs, seconds)
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        kill(process)
        print(
            f"kill {number}, {seconds:.1f} s into {rule}, {jobs} jobs done: {len(artifacts(folder))} files", flush=True
        )
        unlocked = smallest(folder, "--unlock")
        assert unlocked.returncode == 0, unlocked.stderr[-3000:]
    finished(folder)

    undisturbed, killed = artifacts(first), artifacts(folder)
    assert set(killed) == set(undisturbed)
    different = {name for name in killed if file_digest(killed[name]) != file_digest(undisturbed[name])}
    assert different == set()
    print(f"{len(killed)} files, the manifest among them: all as of an undisturbed run")
