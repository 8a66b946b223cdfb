"""The smallest configuration through every stage, with the real potential, the real networks and real Snakemake."""

import json

import pandas as pd
from pymatgen.core import Composition, Structure

from ccdcgan.config.loading import load_config
from ccdcgan.crystals.structures import read_structures
from ccdcgan.database.packing import pack
from ccdcgan.judging.funnel import check_sums
from ccdcgan.runs.artifacts import TIMESTAMP
from ccdcgan.runs.provenance import file_digest
from tests.workflow.running import ROOT, SECRET, checkout, smallest


def test_what_goes_in_comes_out_or_is_rejected(first):
    results = first / "results/test"
    funnel = json.loads((results / "funnel.json").read_text())
    assert check_sums(funnel) == []
    # Counted again from the files.
    for model in ("dcgan", "ccdcgan", "flow"):
        counts = funnel["models"][model]
        decoded = [atoms for path in results.glob(f"decoding/{model}/*.extxyz") for atoms in read_structures(path)]
        not_decoded = pd.concat(pd.read_csv(path) for path in results.glob(f"decoding/{model}/*.csv"))
        relaxed = pd.concat(pd.read_csv(path) for path in results.glob(f"candidates/{model}/*.csv"))
        assert counts["generated"] == 12 == len(decoded) + len(not_decoded)
        assert counts["decoded"] == len(decoded) == len(relaxed)
        assert counts["relaxed"] == (relaxed["status"] == "relaxed").sum()
        assert relaxed.loc[relaxed["status"] == "rejected", "reason"].notna().all()
    assert funnel["database"]["prototypes"] == 10
    assert funnel["database"]["relaxed"] == len(read_structures(results / "database/structures.extxyz"))


def test_metrics_count_what_the_funnel_counts(first):
    """Two ways of counting, through different files and modules."""
    results = first / "results/test"
    funnel = json.loads((results / "funnel.json").read_text())["models"]
    metrics = pd.read_csv(results / "metrics.csv").set_index(["model", "metric"])
    for model, counts in funnel.items():
        k, n = metrics.loc[model, "k"], metrics.loc[model, "n"]
        assert (k["decodable"], n["decodable"]) == (counts["decoded"], counts["generated"])
        assert n["relaxed"] == counts["decoded"] - counts["rejected"].get("screening.screened", 0)
        for name in ("relaxed", "negative_formation_energy", "metastable", "distinct", "distinct_metastable"):
            assert k[name] == counts[name]
        table = pd.read_csv(results / f"evaluation/{model}.csv")
        assert len(table) == table["id"].nunique() == counts["generated"]
        assert (table["status"] == "relaxed").sum() + table["reason"].notna().sum() == counts["generated"]


def test_some_crystals_go_all_the_way(first):
    """Otherwise the stages behind decoding would be tested on nothing. Of these crystals mixtures are crystals too:
    whatever the processor made of the trainings, most graphs decode (tests/benchmarks/smallest_run.py counts them).
    """
    models = json.loads((first / "results/test/funnel.json").read_text())["models"]
    assert all(3 * counts["decoded"] >= counts["generated"] for counts in models.values())
    assert sum(models[model]["relaxed"] for model in ("dcgan", "ccdcgan", "flow")) >= 6


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
        if path.is_file()
        and path.relative_to(results).parts[0] not in ("logs", "benchmarks", ".jobs", "manifest.json")
        and path.name != TIMESTAMP
    }
    assert set(recorded) == kept
    for name, entry in recorded.items():
        assert entry["sha256"] == file_digest(results / name)


def test_a_packed_database_gives_the_same_database(first, tmp_path):
    results = first / "results/test"
    folder = checkout(tmp_path)
    configs = [str(ROOT / "config" / name) for name in ("config.yaml", "test.yaml")]
    pack(results, folder / "packed", load_config(*configs))
    run = smallest(folder, "results/test/database/table.csv", "--config", "database={prebuilt: packed}")
    assert run.returncode == 0, run.stderr[-3000:]
    assert "(Rule: database)" in run.stderr
    assert "(Rule: prototypes)" not in run.stderr
    assert "(Rule: relaxation)" not in run.stderr
    for name in ("table.csv", "structures.extxyz", "rejected.csv"):
        assert (folder / "results/test/database" / name).read_bytes() == (results / "database" / name).read_bytes()


def test_the_report_is_one_file_with_every_figure(first):
    target = first / "results/test/report.html"
    run = smallest(first, "--report", str(target))
    assert run.returncode == 0, run.stderr[-3000:]
    text = target.read_text()
    for name in (
        "fig1b",
        "fig1c",
        "fig1d",
        "fig2b",
        "fig2c",
        "fig2d",
        "fig3b",
        "figS2a",
        "figS3a",
        "reconstruction",
        "comparison",
        "metrics",
    ):
        assert name in text
    assert SECRET not in text
    target.unlink()


def test_a_key_in_the_environment_is_in_no_file(first):
    files = [path for path in first.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 300
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
