import subprocess
import sys
import time

import numpy as np
import pandas as pd

from tests.conftest import ROOT
from tests.relaxation.killed import batch


def start(journal, result):
    command = [sys.executable, "-m", "tests.relaxation.killed", str(journal), str(result)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def finished_rows(journal):
    return max(journal.read_text().count("\n") - 1, 0) if journal.exists() else 0


def test_a_batch_killed_at_random_moments_ends_as_an_undisturbed_one(tmp_path):
    undisturbed = start(tmp_path / "undisturbed", tmp_path / "undisturbed.csv")
    journal, result = tmp_path / "journal", tmp_path / "killed.csv"
    rng = np.random.default_rng(0)
    kills = 0
    for _ in range(4):
        before = finished_rows(journal)
        process = start(journal, result)
        while finished_rows(journal) <= before and process.poll() is None:  # until it works
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.3))
        if process.poll() is None:
            process.kill()
            kills += 1
        process.wait()
        assert before <= finished_rows(journal)
    assert kills >= 2
    assert start(journal, result).wait() == 0
    assert undisturbed.wait() == 0
    expected, found = pd.read_csv(tmp_path / "undisturbed.csv"), pd.read_csv(result)
    assert list(found["id"]) == [atoms.info["id"] for atoms in batch()]
    assert (expected["status"] == "relaxed").sum() > 10
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
