"""The workflow killed at random moments and started again: it ends where an undisturbed run ends."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest

from ccdcgan.provenance import file_digest
from tests.workflow.running import checkout, environment, finished, smallest

SEED = 0
LOST = 0.7
"""Of the time that an undisturbed run takes, the killed ones get this share together, so that none reaches the end."""


def start(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "config/test.yaml"]
    log = (folder / "log").open("wb")
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


def weights(path: Path) -> list[np.ndarray]:
    return keras.saving.load_model(path, safe_mode=True).get_weights()


@pytest.mark.crash
def test_a_run_that_is_killed_again_and_again_ends_like_an_undisturbed_one(first, tmp_path, request):
    kills = request.config.getoption("kills")
    share = LOST * float((first / "seconds").read_text()) / kills
    moments = random.Random(SEED)
    folder = checkout(tmp_path)
    for number in range(1, kills + 1):
        process = start(folder)
        seconds = moments.uniform(0, 2 * share)
        time.sleep(seconds)
        assert process.poll() is None, (folder / "log").read_text()[-3000:]
        kill(process)
        log = (folder / "log").read_text()
        begun = re.findall(r"^(?:local)?rule (\w+):", log, re.M)
        doing = begun[-1] if begun else "planning"
        print(f"kill {number} after {seconds:5.1f} s, in {doing}; {len(artifacts(folder))} files", flush=True)
        unlocked = smallest(folder, "--unlock")
        assert unlocked.returncode == 0, unlocked.stderr[-3000:]
    finished(folder)

    undisturbed, killed = artifacts(first), artifacts(folder)
    assert set(killed) == set(undisturbed)
    different = {name for name in killed if file_digest(killed[name]) != file_digest(undisturbed[name])}
    # Keras writes the time into its files, and the manifest their checksums.
    networks = {name for name in killed if name.endswith(".keras")}
    assert different <= networks | {"manifest.json"}
    for name in networks:
        for one, other in zip(weights(killed[name]), weights(undisturbed[name]), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)
    manifests = [json.loads(files["manifest.json"].read_text()) for files in (killed, undisturbed)]
    for manifest in manifests:
        for name in networks:
            del manifest["artifacts"][name]["sha256"]
    assert manifests[0] == manifests[1]
    print(f"{len(killed)} files, {len(networks)} of them networks: all as of an undisturbed run")
