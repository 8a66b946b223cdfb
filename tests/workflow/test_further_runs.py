"""Configurations that cannot be used."""

import pytest

from tests.workflow.running import checkout, smallest


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sytem=[Bi, Se]", ["'sytem'", "unknown key"]),
        ("seed=many", ["'seed'", "'many'", "a whole number"]),
        ("system=[Bi, Xx]", ["'system'", "'Xx'"]),
        ("system=[Bi]", ["'system'", "2 to 8 items"]),
        ("generation={count: -1}", ["'generation.count'", "-1", "from 1 to 10,000,000"]),
        ("relaxation={batch_size: 0}", ["'relaxation.batch_size'", "from 1 to 100,000"]),
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
