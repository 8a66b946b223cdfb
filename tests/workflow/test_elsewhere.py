"""The workflow away from its checkout: from another working directory, and as a module of another workflow."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ccdcgan.runs.provenance import file_digest
from tests.workflow.reruns import jobs
from tests.workflow.running import LIMIT, ROOT, environment

USER = f"""
configfile: "mine.yaml"

module ccdcgan:
    snakefile: "{ROOT}/workflow/Snakefile"
    config: config

use rule * from ccdcgan as ccdcgan_*

rule best:
    default_target: True
    input:
        "results/test/hull/ccdcgan.csv",
        rules.ccdcgan_fig1c.output,
    output:
        "best.csv",
    shell:
        "head -n 2 {{input[0]}} > {{output}}"

rule everything:
    input:
        rules.best.output,
        rules.ccdcgan_all.input,
"""
WANTED = [
    f"results/test/{name}"
    for name in ("hull/ccdcgan.csv", "memorisation/flow.csv", "known_phases/relaxation.csv", "figures/fig1c.png")
]
"""Of every stage that computes, by one GAN and the flow."""


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=LIMIT)


def elsewhere(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The smallest run, started at the checkout and working in another folder."""
    return snakemake(ROOT, "--directory", str(folder), "--configfile", "config/test.yaml", *arguments)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder that holds nothing but results of the smallest run."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run = elsewhere(folder, "--", *WANTED)
    assert run.returncode == 0, run.stderr[-5000:]
    return folder


def test_a_run_works_in_any_folder(made):
    assert {path.name for path in made.iterdir()} == {".snakemake", "results"}
    plan = elsewhere(made, "--dry-run", "--", *WANTED)
    assert "Nothing to be done" in plan.stdout + plan.stderr


def test_the_same_config_and_seed_give_the_same_results(made, first):
    """To the last bit, on one machine: every file that both runs hold, networks and a figure among them."""
    recorded = json.loads((first / "results/test/manifest.json").read_text())["artifacts"]
    results = made / "results/test"
    again = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()} & set(recorded)
    assert {name for name in again if file_digest(results / name) != recorded[name]["sha256"]} == set()
    made_of = {name.split("/")[0] for name in again}
    assert {"relaxation", "autoencoders", "graphs", "gan", "flow", "candidates", "hull", "figures"} <= made_of
    assert len(again) > 30


def test_the_report_is_made_there(made, tmp_path):
    run = elsewhere(made, "--report", str(tmp_path / "report.html"), "--", *WANTED)
    assert run.returncode == 0, run.stderr[-5000:]
    assert "Inverse design of" in (tmp_path / "report.html").read_text()


def test_another_workflow_uses_it_as_a_module(made, tmp_path):
    """Its config holds only the keys that differ; results that are there are taken, those that are not are made."""
    for name in (".snakemake", "results"):
        shutil.copytree(made / name, tmp_path / name, symlinks=True)
    (tmp_path / "Snakefile").write_text(USER)
    shutil.copy(ROOT / "config/test.yaml", tmp_path / "mine.yaml")
    profile = ("--workflow-profile", str(ROOT / "profiles/default"))
    forced = ("--forcerun", "ccdcgan_known_phases", "--", "best")
    plan = snakemake(tmp_path, *profile, "--dry-run")
    assert jobs(plan.stdout + plan.stderr) == {"best": 1}
    plan = snakemake(tmp_path, *profile, "--dry-run", "everything")
    planned = jobs(plan.stdout + plan.stderr)
    assert {"ccdcgan_manifest", "ccdcgan_fig1a", "ccdcgan_outcome", "best"} <= planned.keys()
    assert planned["ccdcgan_gan"] == 1
    assert not {"ccdcgan_flow", "ccdcgan_graphs", "ccdcgan_fig1c"} & planned.keys()
    run = snakemake(tmp_path, *profile, *forced)
    assert run.returncode == 0, run.stderr[-5000:]
    assert len((tmp_path / "best.csv").read_text().splitlines()) == 2
    for name in ("known_phases/structures.extxyz", "hull/ccdcgan.csv", "figures/fig1c.svg"):
        assert (tmp_path / "results/test" / name).read_bytes() == (made / "results/test" / name).read_bytes()
    report = snakemake(tmp_path, "--report", "report.html")
    assert report.returncode == 0, report.stderr[-5000:]


def test_a_module_may_stand_beside_others_under_a_prefix(tmp_path):
    user = USER.replace("config: config", 'config: config\n    prefix: "crystals"')
    user = user.replace('"results/test/hull/ccdcgan.csv"', "rules.ccdcgan_outcome.output.candidates")
    (tmp_path / "Snakefile").write_text(user)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"run": "small", "generation": {"count": 12}}))
    plan = snakemake(tmp_path, "--dry-run")
    assert plan.returncode == 0, plan.stderr[-5000:]
    assert "crystals/results/small/candidates.csv" in plan.stdout + plan.stderr
    assert jobs(plan.stdout + plan.stderr)["ccdcgan_fig1c"] == 1


def test_without_a_checkout_the_workflow_says_what_it_needs(tmp_path):
    for part in ("Snakefile", "workflow"):
        source = ROOT / part
        copy = shutil.copy if source.is_file() else shutil.copytree
        copy(source, tmp_path / part)
    shutil.rmtree(tmp_path / "workflow/ccdcgan")
    run = snakemake(tmp_path, "--dry-run")
    assert run.returncode != 0
    assert "expected a checkout on this machine" in run.stdout + run.stderr
