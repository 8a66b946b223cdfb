"""Trainings beyond the config's own are plans of the same rules, and share what they can."""

import re

from tests.workflow.running import checkout, smallest


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


def test_a_composition_that_cannot_be_meant_stops_before_any_work(tmp_path):
    folder = checkout(tmp_path)
    run = smallest(folder, "leave_out", "--config", "studies={left_out: [BiTe]}")
    assert run.returncode != 0
    assert "composition 'BiTe': found element Te, expected the reduced formula of a composition of Bi-Se" in run.stderr
    assert not (folder / "results").exists()
