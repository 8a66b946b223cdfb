"""Runs that differ from the default one: another chemical system, and configurations that cannot be used."""

import json

import pandas as pd
import pytest

from ccdcgan.funnel import check_sums
from ccdcgan.structures import read_structures
from tests.workflow.running import checkout, finished, smallest


def test_another_chemical_system_needs_no_code(tmp_path):
    folder = checkout(tmp_path)
    finished(folder, "results/sb-te/funnel.json", "--config", "run=sb-te", "system=[Sb, Te]")
    table = pd.read_csv(folder / "results/sb-te/database/table.csv")
    assert len(table) > 5
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
