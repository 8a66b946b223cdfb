"""The smallest configuration with profiles/slurm, on a real SLURM of one node that tests/slurm/up starts."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml

from tests.workflow.reruns import figures
from tests.workflow.running import ROOT, checkout, finished, smallest

DAEMONS = ("munged", "slurmctld", "slurmd")
PROFILE = ("--workflow-profile", "profiles/slurm")
QUICK = ("--slurm-init-seconds-before-status-checks", "1")
ONE_THREAD = ("--max-threads", "1")
"""As on the machine that it is compared with: two threads add up in another order than one."""
RESULTS = [
    f"results/test/{name}"
    for name in ("candidates.csv", "funnel.json", "metrics.md", "figures/fig3b.png", "figures/candidates.html")
]
"""Of every stage, and of both kinds that the report shows: all figures go the way of these two (planned below).
Each costs the cluster a start of Snakemake and of Python."""
TRAINING = {
    "rule_lattice_autoencoder_wildcards_none",
    "rule_sites_autoencoder_wildcards_none",
    "rule_constraint_wildcards_none",
    "rule_gan_wildcards_dcgan",
    "rule_gan_wildcards_ccdcgan",
    "rule_flow_wildcards_flow",
}
ALONE = {
    "rule_prototypes",
    "rule_known_phases",
    *(f"rule_relaxation_wildcards_{batch}" for batch in ("references", "0000", "0001")),
    "rule_graphs_wildcards_none",
    "rule_variants_wildcards_none",
    "rule_reconstruction",
    *(f"rule_candidates_wildcards_{model}_0000" for model in ("dcgan", "ccdcgan", "flow")),
}
GROUPS = {
    "rule_database_database_voxels": 1,
    "rule_generation_decoding_generation": 2,
    "rule_generation_decoding_flow_generation": 1,
    "rule_hull_hull_matching": 4,
    "rule_outcome_candidates_page_outcome_sample": 1,
    "rule_outcome_evaluation_memorisation_metrics": 1,
    "rule_outcome_fig3b_rediscovery": 1,
}
STARVED = "rule_graphs_wildcards_none"
"""The job that gets too little memory at first."""


@dataclass(frozen=True)
class Run:
    cluster: Path
    jobs: list[dict[str, str]]
    """What SLURM says of every job, in the order of submission."""

    def named(self, comment: str) -> list[dict[str, str]]:
        return [job for job in self.jobs if job["Comment"] == comment]


def daemons(folder: Path) -> list[psutil.Process]:
    """Processes that `tests/slurm/up` started."""
    processes = psutil.process_iter(["name", "cmdline"])
    return [
        process
        for process in processes
        if process.info["name"] in DAEMONS and str(folder) in " ".join(process.info["cmdline"] or ())
    ]


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    """Folder of a SLURM that runs, in the environment of the tests; its path is short, as sockets want it."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    up = subprocess.run([ROOT / "tests/slurm/up", folder], capture_output=True, text=True, timeout=120)
    if up.returncode != 0:
        pytest.fail(up.stderr, pytrace=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        patch.setenv("PATH", f"{folder}/bin:{os.environ['PATH']}")
        yield folder
        subprocess.run([ROOT / "tests/slurm/down", folder], check=True, timeout=120)
    assert daemons(folder) == []
    shutil.rmtree(folder)


def adapt(path: Path) -> None:
    """What somebody changes in the profile for a cluster; and one job gets too little memory at first."""
    text = path.read_text()
    assert "# slurm_partition: main" in text
    profile = yaml.safe_load(text.replace("# slurm_partition: main", "slurm_partition: main"))
    assert profile["default-resources"]["slurm_partition"] == "main"
    memory = profile["default-resources"]["mem_mb"]
    assert memory.startswith("4000 ")
    profile["set-resources"]["graphs"] = {"mem_mb": memory.replace("4000", "500")}
    path.write_text(yaml.safe_dump(profile))


def described(line: str) -> dict[str, str]:
    return dict(re.findall(r"([\w/:]+)=(\S*)", line))


@pytest.fixture(scope="module")
def run(slurm, tmp_path_factory) -> Run:
    """Run on the cluster."""
    cluster = checkout(tmp_path_factory.mktemp("cluster"))
    adapt(cluster / "profiles/slurm/config.yaml")
    try:
        finished(cluster, *PROFILE, *QUICK, *ONE_THREAD, *RESULTS)
    finally:
        answer = subprocess.run(
            ["scontrol", "show", "jobs", "--oneliner"], capture_output=True, text=True, check=True, timeout=60
        )
        jobs = sorted(map(described, answer.stdout.splitlines()), key=lambda job: int(job["JobId"]))
        for job in jobs:
            print(*(job[key] for key in ("JobId", "JobState", "RunTime", "Comment")), job.get("TresPerJob", ""))
    return Run(cluster, jobs)


@pytest.mark.slurm
def test_only_this_machine_reaches_slurm(slurm):
    addresses = {
        connection.laddr.ip
        for process in daemons(slurm)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


@pytest.mark.slurm
def test_every_stage_goes_through_slurm(run):
    names = [job["Comment"] for job in run.jobs]
    assert set(names) == {*TRAINING, *ALONE, *GROUPS}
    assert {name: names.count(name) for name in GROUPS} == GROUPS
    assert {job["JobState"] for job in run.jobs if job["Comment"] != STARVED} == {"COMPLETED"}
    assert all(job["JobName"].startswith("ccdcgan_") for job in run.jobs)
    assert all(job["Partition"] == "main" for job in run.jobs)


@pytest.mark.slurm
def test_only_training_gets_a_gpu(run):
    assert {job["Comment"] for job in run.jobs if job.get("TresPerJob") == "gres:gpu:1"} == TRAINING


@pytest.mark.slurm
def test_a_job_killed_for_memory_comes_again_with_more(run):
    first, second = run.named(STARVED)
    assert (first["JobState"], second["JobState"]) == ("FAILED", "COMPLETED")
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("500M", "1000M")
    assert (first["TimeLimit"], second["TimeLimit"]) == ("00:15:00", "00:30:00")
    logs = run.cluster / ".snakemake/slurm_logs/rule_graphs/none"
    assert "exceeded memory limit" in (logs / f"{first['JobId']}.log").read_text()
    assert not (logs / f"{second['JobId']}.log").exists()


@pytest.mark.slurm
def test_the_cluster_gives_the_results_of_one_machine(run, first):
    for name in ("funnel.json", "candidates.csv", "metrics.csv", "figures/fig3b.svg"):
        assert (run.cluster / "results/test" / name).read_text() == (first / "results/test" / name).read_text()
    assert json.loads((run.cluster / "results/test/funnel.json").read_text())["database"]["relaxed"] > 0


@pytest.fixture(scope="module")
def profiles() -> dict[str, dict]:
    return {name: yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text()) for name in ("default", "slurm")}


def test_one_machine_and_cluster_run_again_for_the_same_reasons(profiles):
    common = profiles["default"].keys() - {"resources"}
    assert {key: profiles["slurm"][key] for key in common} == {key: profiles["default"][key] for key in common}


def test_no_job_computes_with_more_threads_than_it_asks_for(profiles):
    assert max(profiles["slurm"]["set-threads"].values()) <= profiles["slurm"]["cores"]


def test_the_profile_knows_every_rule(profiles):
    """A new rule is named there, or is one of those that the defaults fit; a rule that is gone is not."""
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = set(re.findall(r"^ *(?:rule|use rule \w+ as) (\w+)", text, re.M)) | figures()
    named = {rule for key in ("groups", "set-threads", "set-resources") for rule in profiles["slurm"][key]}
    assert named <= rules
    assert rules - named == {"graphs", "prebuilt", "subsystems", "discovery", "leave_out", "omega", "samples"}


def test_the_groups_of_jobs_can_be_planned(profiles, tmp_path):
    plan = smallest(checkout(tmp_path), *PROFILE, "--dry-run")
    assert plan.returncode == 0, plan.stderr
    assert {profiles["slurm"]["groups"].get(rule) for rule in figures()} == {"outcome"}
