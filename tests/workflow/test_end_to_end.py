"""The smallest configuration through every stage, with the real potential, the real networks and real Snakemake."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pymatgen.core import Composition, Structure

from ccdcgan.funnel import check_sums
from ccdcgan.provenance import file_digest
from ccdcgan.structures import read_structures

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "workflow", "config", "profiles", "envs", "resources")


def checkout(folder: Path) -> Path:
    """A copy of the workflow, as somebody else's checkout."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "OMP_"))}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def smallest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return snakemake(folder, "--configfile", "config/test.yaml", *arguments)


def finished(folder: Path, *arguments: str) -> Path:
    run = smallest(folder, *arguments)
    assert run.returncode == 0, run.stderr[-5000:]
    return folder


@pytest.fixture(scope="session")
def first(tmp_path_factory) -> Path:
    return finished(checkout(tmp_path_factory.mktemp("first")))


def test_what_goes_in_comes_out_or_is_rejected(first):
    results = first / "results/test"
    funnel = json.loads((results / "funnel.json").read_text())
    assert check_sums(funnel) == []
    # Counted again from the files.
    for model in ("dcgan", "ccdcgan"):
        counts = funnel["models"][model]
        decoded = [atoms for path in results.glob(f"decoding/{model}/*.extxyz") for atoms in read_structures(path)]
        not_decoded = pd.concat(pd.read_csv(path) for path in results.glob(f"decoding/{model}/*.csv"))
        relaxed = pd.concat(pd.read_csv(path) for path in results.glob(f"candidates/{model}/*.csv"))
        assert counts["generated"] == 12 == len(decoded) + len(not_decoded)
        assert counts["decoded"] == len(decoded) == len(relaxed)
        assert counts["relaxed"] == (relaxed["status"] == "relaxed").sum()
        assert relaxed.loc[relaxed["status"] == "rejected", "reason"].notna().all()
    assert funnel["database"]["prototypes"] == 12
    assert funnel["database"]["relaxed"] == len(read_structures(results / "database/structures.extxyz"))


def test_some_crystals_go_all_the_way(first):
    """Otherwise the stages behind decoding would be tested on nothing."""
    funnel = json.loads((first / "results/test/funnel.json").read_text())
    assert sum(counts["relaxed"] for counts in funnel["models"].values()) > 0


def test_candidates_have_their_files(first):
    results = first / "results/test"
    table = pd.read_csv(results / "candidates.csv")
    assert table["energy_above_hull"].is_monotonic_increasing
    written = table["cif"].dropna()
    assert len(written) == min(3, len(table))
    for path, formula in zip(written, table["formula"], strict=False):
        read = Structure.from_file(results / path)
        assert read.composition.reduced_composition == Composition(formula).reduced_composition


def test_the_manifest_covers_every_artifact(first):
    results = first / "results/test"
    recorded = json.loads((results / "manifest.json").read_text())["artifacts"]
    kept = {
        path.relative_to(results).as_posix()
        for path in results.rglob("*")
        if path.is_file() and path.relative_to(results).parts[0] not in ("logs", "benchmarks", "manifest.json")
    }
    assert set(recorded) == kept
    for name, entry in recorded.items():
        assert entry["sha256"] == file_digest(results / name)


def test_the_same_config_and_seed_give_the_same_results(first, tmp_path):
    second = finished(checkout(tmp_path))
    records = [
        json.loads((folder / "results/test/manifest.json").read_text())["artifacts"] for folder in (first, second)
    ]
    assert set(records[0]) == set(records[1])
    # Keras writes the time into its files; what the networks compute is compared through all that comes of it.
    same = [name for name in records[0] if records[0][name]["sha256"] == records[1][name]["sha256"]]
    different = set(records[0]) - set(same)
    assert {Path(name).suffix for name in different} <= {".keras"}


def test_nothing_runs_again_without_a_reason(first):
    for script in (first / "workflow").rglob("*.py"):
        script.touch()
    again = smallest(first, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_report_is_one_file_with_every_figure(first):
    target = first / "results/test/report.html"
    run = smallest(first, "--report", str(target))
    assert run.returncode == 0, run.stderr[-3000:]
    text = target.read_text()
    for name in ("fig1b", "fig1c", "fig1d", "fig2b", "fig2c", "fig2d", "fig3b", "figS2a", "figS3a", "comparison"):
        assert name in text
    target.unlink()


def test_another_chemical_system_needs_no_code(tmp_path):
    folder = checkout(tmp_path)
    finished(folder, "--config", "run=sb-te", "system=[Sb, Te]")
    table = pd.read_csv(folder / "results/sb-te/database/table.csv")
    assert len(table) > 6
    structures = read_structures(folder / "results/sb-te/database/structures.extxyz")
    assert {symbol for atoms in structures for symbol in atoms.symbols} == {"Sb", "Te"}
    assert check_sums(json.loads((folder / "results/sb-te/funnel.json").read_text())) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sytem=[Bi, Se]", ["'sytem'", "unknown key"]),
        ("seed=many", ["'seed'", "'many'", "integer"]),
        ("system=[Bi, Xx]", ["'system'", "'Xx'"]),
        ("system=[Bi]", ["'system'", "at least two"]),
        ("generation={count: -1}", ["'generation.count'", "-1", "greater than 0"]),
        ("relaxation={batch_size: 0}", ["'relaxation.batch_size'", "greater than 0"]),
        ("run=../outside", ["'run'", "'../outside'"]),
    ],
)
def test_a_bad_configuration_stops_before_any_work(tmp_path, setting, words):
    folder = checkout(tmp_path)
    run = smallest(folder, "--config", setting)
    assert run.returncode != 0
    assert all(word in run.stderr for word in words), run.stderr
    assert "Traceback" not in run.stderr
    assert not (folder / "results").exists()
