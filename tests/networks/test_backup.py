"""Backups of a real training, and what is not gone on from."""

import json

import numpy as np
import pandas as pd
import pytest

from ccdcgan.networks.backup import Backup
from tests.networks.regression import Interruption, Regression, train


def test_backup_of_other_settings_is_not_continued(tmp_path, caplog):
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        train(Regression(), evaluate=Interruption(3), backup=backup, identity="sigma 0.4")
    again = Regression()
    history = train(again, backup=backup, identity="sigma 0.5")
    assert "starting anew" in caplog.text
    pd.testing.assert_frame_equal(history, train(Regression()), check_exact=True)


def test_backup_of_another_optimizer_is_not_continued(tmp_path, caplog):
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        train(Regression(), evaluate=Interruption(3), backup=backup)
    train(Regression(), backup=backup, learning_rate=0.02)
    assert "starting anew" in caplog.text


def test_a_backup_that_was_cut_is_not_continued(tmp_path, caplog):
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        train(Regression(), evaluate=Interruption(3), backup=backup)
    backup.write_bytes(backup.read_bytes()[:-100])
    assert len(train(Regression(), backup=backup)) == 5
    assert "starting anew" in caplog.text


def test_backup_holds_no_pickle(tmp_path):
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        train(Regression(), evaluate=Interruption(2), backup=backup)
    with np.load(backup, allow_pickle=False) as saved:
        assert [row["step"] for row in json.loads(str(saved["history"]))] == [10]
        assert all(saved[name].dtype != object for name in saved.files)


def test_no_file_keeps_nothing():
    kept = Backup(None, "")
    kept.save([], [{"step": 1}])
    assert kept.restore([]) == []
    kept.remove()
