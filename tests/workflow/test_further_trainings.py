"""Trainings beyond the config's own are plans of the same rules, and share what they can."""

import re

from ccdcgan.structures import read_table
from tests.workflow.running import checkout, finished, smallest


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
    assert planned["gan"] == planned["candidates"] == 5 + 6 - 2 + 4
    assert planned["lattice_autoencoder"] == planned["graphs"] == planned["constraint"] == 1 + 4


def test_many_samples_are_made_in_batches_of_their_own(tmp_path):
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "samples", "--config", "studies={samples_batch_size: 8}"))
    # 12 graphs in batches of 8, for each of the two models.
    assert planned["sample_generation"] == planned["sample_decoding"] == planned["sample_relaxation"] == 2 * 2
    assert planned["gan"] == 2
    assert not {"generation", "decoding", "candidates", "hull"} & planned.keys()


def test_studies_of_a_finished_run(copied):
    finished(copied, "omega", "samples", "--config", "studies={weights: [0, 0.3], samples: [6, 12]}")
    results = copied / "results/test"
    omega = read_table(results / "studies/omega.csv").set_index(["variant", "quantity"])
    assert omega.loc[(["dcgan", "ccdcgan-weight0.3"], "decoded"), "n"].tolist() == [12, 12]
    samples = read_table(results / "studies/samples.csv")
    assert samples.groupby("model")["samples"].unique().map(list).to_dict() == {"dcgan": [6, 12], "ccdcgan": [6, 12]}
    # The first graphs are those of the run itself.
    for model in ("dcgan", "ccdcgan"):
        own, many = (results / f"{folder}decoding/{model}/0000.extxyz" for folder in ("", "samples/"))
        assert own.read_text() == many.read_text()


def test_a_composition_that_cannot_be_meant_stops_before_any_work(tmp_path):
    folder = checkout(tmp_path)
    run = smallest(folder, "leave_out", "--config", "studies={left_out: [BiTe]}")
    assert run.returncode != 0
    assert "composition 'BiTe': found element Te, expected the reduced formula of a composition of Bi-Se" in run.stderr
    assert not (folder / "results").exists()
