"""Runs of many systems side by side, read from the files of a run."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ccdcgan.judging.systems import MARKERS, counts_of_run, main, reconstruction_of_run


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    run = tmp_path / "ga-n"
    for folder in ("database", "autoencoders", "benchmarks/relaxation"):
        (run / folder).mkdir(parents=True)
    counts = {"generated": 160, "decoded": 90, "relaxed": 70, "distinct_metastable": 5}
    models = dict.fromkeys(("dcgan", "dcgan+constraint", "ccdcgan", "flow"), counts)
    database = {"prototypes": 5, "relaxed": 4}
    (run / "funnel.json").write_text(json.dumps({"database": database, "models": models}))
    (run / "database/references.json").write_text(json.dumps({"energies": {"Ga": -3.0, "N": -8.0}}))
    energies = pd.DataFrame({"formula": ["Ga2N2", "GaN", "Ga3N"], "energy_above_hull": [0.0, 0.01, 0.4]})
    energies.to_csv(run / "database/table.csv", index=False)
    rows = [("a", True, 0.05, None, None), ("b", True, 0.15, None, None), ("c", False, None, "lattice", "different")]
    rows.append(("d", False, None, "rejected", "outside_box"))
    columns = ["id", "matched", "rms_angstrom", "failure", "reason"]
    pd.DataFrame(rows, columns=columns).to_csv(run / "autoencoders/reconstruction.csv", index=False)
    for name, seconds in (("prototypes", 30), ("relaxation/0000", 90)):
        text = f"s\tcpu_time\n{seconds}.0\t{2 * seconds}.0\n"
        (run / f"benchmarks/{name}.tsv").write_text(text)
    (run / "manifest.json").write_text("{}")
    return run


def test_counts_come_from_the_run(finished: Path) -> None:
    row = counts_of_run(finished)
    assert row["system"] == "Ga-N"
    assert (row["prototypes"], row["relaxed"], row["lowest compounds"]) == (5, 4, "Ga2N2")
    assert row["flow: decoded, relaxed, distinct and meta-stable"] == "90, 70, 5 of 160"
    assert row["CPU minutes"] == "4.0"
    assert float(row["minutes"]) == pytest.approx(1.5, abs=0.1)


def test_what_comes_back_is_counted_with_its_interval(finished: Path) -> None:
    row = reconstruction_of_run(finished)
    assert (row["crystals"], row["matched"]) == (4, 2)
    assert row["share (%)"] == "50.0 (15.0 to 85.0)"
    assert row["displacement (angstrom)"] == pytest.approx(0.1)
    assert row["failed"] == "lattice 1, outside box 1"


def test_the_page_keeps_what_stands_around_the_tables(finished: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("\n".join(["before", *MARKERS, "after"]))
    for _ in range(2):
        main([str(finished), str(finished), "--page", str(page)])
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter")
    assert text.count("| Ga-N |") == 4
