"""Trainings beyond the config's own are plans of the same rules, and share what they can."""

import json
import re
import shutil
from pathlib import Path

import pytest

from ccdcgan.config.loading import load_config
from ccdcgan.crystals.structures import read_table
from tests.workflow.running import ROOT, checkout, finished, smallest


def jobs(run):
    assert run.returncode == 0, run.stderr[-3000:]
    lines = re.search(r"^job +count\n-.*?\n(.*?)^total", run.stdout + run.stderr, re.M | re.S)
    return {name: int(count) for name, count in (line.split() for line in lines[1].splitlines())}


def test_trainings_share_all_that_is_before_them(tmp_path):
    targets = [f"results/test/hull/{name}.csv" for name in ("ccdcgan-weight0.3", "ccdcgan", "dcgan-seed1+constraint")]
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", *targets))
    assert planned["gan"] == planned["hull"] == 3
    assert planned["sites_autoencoder"] == planned["graphs"] == planned["constraint"] == 1


def test_the_studies_are_targets(tmp_path):
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "omega", "seeds", "leave_out"))
    # Weights 0, 0.03, 0.1, 0.3, 1 and seeds 0, 1, 2 of both networks share two trainings; four leave something out.
    assert planned["gan"] == 5 + 6 - 2 + 4
    assert planned["flow"] == 3
    assert planned["candidates"] == planned["gan"] + planned["flow"]
    assert planned["lattice_autoencoder"] == planned["graphs"] == planned["constraint"] == 1 + 4


def test_a_flow_is_trained_once_whatever_it_is_asked_for(tmp_path):
    names = [
        "flow",
        "flow-nothing",
        "flow-formation_energy=-0.3",
        "flow-energy_above_hull=0-Bi=0.4-best10",
        "flow-seed1",
    ]
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", *[f"results/test/hull/{name}.csv" for name in names]))
    assert planned["flow"] == 2
    assert planned["flow_generation"] == planned["hull"] == 5
    assert planned["variants"] == 1
    assert not {"gan", "generation"} & planned.keys()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flow-gap=1", "found gap, expected one of flow.conditions"),
        ("flow-Bi=1.5", "found Bi=1.5, expected a fraction from 0 to 1"),
    ],
)
def test_a_flow_that_cannot_be_asked_stops_before_any_work(tmp_path, name, words):
    run = smallest(checkout(tmp_path), "--dry-run", f"results/test/hull/{name}.csv")
    assert run.returncode != 0
    assert words in run.stdout + run.stderr


def test_without_variants_there_is_no_file_of_them(tmp_path):
    target = "results/test/memorisation/flow.csv"
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", target, "--config", "flow={variants: 1}"))
    assert planned["flow"] == planned["memorisation"] == 1
    assert "variants" not in planned


def test_many_samples_are_made_in_batches_of_their_own(tmp_path):
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "samples", "--config", "studies={samples_batch_size: 8}"))
    # 12 graphs in batches of 8, for each of the three models.
    assert planned["sample_generation"] == 2 * 2
    assert planned["flow_sample_generation"] == 2
    assert planned["sample_decoding"] == planned["sample_relaxation"] == 3 * 2
    assert planned["gan"] == 2
    assert planned["flow"] == 1
    assert not {"generation", "decoding", "candidates", "hull"} & planned.keys()


def test_studies_of_a_finished_run(copied):
    models = ("ccdcgan", "flow")
    settings = ("studies={weights: [0, 0.3], samples: [6, 12]}", f"generation={{models: [{', '.join(models)}]}}")
    finished(copied, "omega", "samples", "--config", *settings)
    results = copied / "results/test"
    omega = read_table(results / "studies/omega.csv").set_index(["variant", "quantity"])
    assert omega.loc[(["dcgan", "ccdcgan-weight0.3"], "decoded"), "n"].tolist() == [12, 12]
    samples = read_table(results / "studies/samples.csv")
    numbers = samples.groupby("model")["samples"].unique().map(list).to_dict()
    assert numbers == {model: [6, 12] for model in models}
    # The first graphs are those of the run itself.
    for model in numbers:
        own, many = (results / f"{folder}decoding/{model}/0000.extxyz" for folder in ("", "samples/"))
        assert own.read_text() == many.read_text()


def test_a_composition_that_cannot_be_meant_stops_before_any_work(tmp_path):
    folder = checkout(tmp_path)
    run = smallest(folder, "leave_out", "--config", "studies={left_out: [BiTe]}")
    assert run.returncode != 0
    assert "composition 'BiTe': found element Te, expected the reduced formula of a composition of Bi-Se" in run.stderr
    assert not (folder / "results").exists()


def test_ready_made_autoencoders_are_taken_as_they_are(copied):
    made = copied / "results/test/autoencoders/none"
    folder = Path(shutil.copytree(made, copied / "networks"))
    config = load_config(ROOT / "config/config.yaml", ROOT / "config/test.yaml")
    description = {name: getattr(config, name).model_dump(mode="json") for name in ("voxels", "autoencoders")}
    (folder / "autoencoders.json").write_text(json.dumps(description))
    names = [f"{kind}{end}" for kind in ("sites", "lattice") for end in (".keras", "_history.csv")]
    given = ("--config", "run=given", "autoencoders={pretrained: networks}")
    # Not even for a training that leaves something out: they know no crystal of the run.
    targets = [f"results/given/autoencoders/{holdout}/{name}" for holdout in ("none", "BiSe3") for name in names]
    finished(copied, *targets, *given)
    for holdout in ("none", "BiSe3"):
        for name in names:
            assert (copied / f"results/given/autoencoders/{holdout}/{name}").read_bytes() == (made / name).read_bytes()
    assert not (copied / "results/given/voxels").exists()
    refused = smallest(copied, *targets, *given, "voxels={lattice_grid: 32}")
    assert "found networks for voxels.lattice_grid 16, expected 32 as in this run" in refused.stdout + refused.stderr
