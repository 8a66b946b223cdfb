import contextlib

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

from ccdcgan.networks.training import SLICE, Paused, configure
from tests.networks.regression import Interruption, Regression, assert_same_weights, train


@pytest.fixture(scope="module")
def undisturbed():
    trainer = Regression()
    return trainer, train(trainer)


def test_history_has_a_row_per_record(undisturbed):
    _, history = undisturbed
    assert list(history.columns) == ["step", "error"]
    assert history["step"].tolist() == [10, 20, 30, 40, 50]
    assert history["error"].iloc[-1] < history["error"].iloc[0] / 2


def test_records_need_not_divide_steps():
    history = train(Regression(), evaluate=lambda: {"answer": 42.0}, steps=11, records=4)
    assert history["step"].tolist() == [3, 6, 8, 11]
    assert history["answer"].tolist() == [42.0] * 4


def test_more_records_than_steps_are_the_steps():
    assert train(Regression(), steps=3, records=10)["step"].tolist() == [1, 2, 3]


def test_tracked_values_are_means_since_the_row_before():
    coarse, fine = train(Regression(), steps=8, records=1), train(Regression(), steps=8, records=8)
    assert coarse["error"].item() == pytest.approx(fine["error"].mean(), rel=1e-5)


def test_same_seed_same_training(undisturbed):
    trainer, history = undisturbed
    again = Regression()
    pd.testing.assert_frame_equal(train(again), history, check_exact=True)
    assert_same_weights(trainer, again)


def test_steps_per_call_change_nothing(undisturbed):
    trainer, _ = undisturbed
    again = Regression()
    train(again, per_call=10)
    assert_same_weights(trainer, again)


@pytest.mark.parametrize("at", [1, 4])
def test_resumed_training_equals_an_undisturbed_one(undisturbed, tmp_path, at):
    trainer, history = undisturbed
    backup = tmp_path / "new folder" / "backup"
    with pytest.raises(KeyboardInterrupt):
        train(Regression(), evaluate=Interruption(at), backup=backup)
    assert backup.exists() == (at > 1)
    steps = []
    again = Regression()
    resumed = train(again, evaluate=lambda: steps.append(1) or {}, backup=backup)
    assert len(steps) == 6 - at
    pd.testing.assert_frame_equal(resumed, history, check_exact=True)
    assert_same_weights(trainer, again)
    assert not backup.exists()


def test_training_in_slices_equals_an_undisturbed_one(undisturbed, tmp_path, monkeypatch):
    trainer, history = undisturbed
    backup, calls = tmp_path / "backup", []
    monkeypatch.setenv(SLICE, "1e-9")  # over after the first call of seven steps, in the midst of a record
    for _ in range(20):
        again = Regression()
        with contextlib.suppress(Paused):
            sliced = train(again, evaluate=lambda: calls.append(1) or {}, backup=backup)
            break
        assert backup.exists()
    pd.testing.assert_frame_equal(sliced, history, check_exact=True)
    assert_same_weights(trainer, again)
    assert len(calls) == 5
    assert not backup.exists()


def test_a_pause_says_where_the_training_stands(tmp_path, monkeypatch):
    monkeypatch.setenv(SLICE, "1e-9")
    with pytest.raises(Paused, match=r"paused after step 7 of 50, kept in .*backup: the same call goes on"):
        train(Regression(), backup=tmp_path / "backup")


def test_only_a_training_with_a_backup_is_paused(undisturbed, monkeypatch):
    monkeypatch.setenv(SLICE, "1e-9")
    pd.testing.assert_frame_equal(train(Regression()), undisturbed[1], check_exact=True)


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan"])
def test_slice_must_be_a_time(tmp_path, monkeypatch, seconds):
    monkeypatch.setenv(SLICE, seconds)
    with pytest.raises(ValueError, match=f"{SLICE}: found {seconds}, expected a positive number"):
        train(Regression(), backup=tmp_path / "backup")


@pytest.mark.parametrize("wrong", ["steps", "records", "per_call"])
def test_counts_must_be_positive(wrong):
    with pytest.raises(ValueError, match="found 0, expected at least 1"):
        train(Regression(), **{wrong: 0})


def test_configure_seeds_initial_weights_and_draws():
    found = []
    for seed in (5, 5, 6):
        configure(seed, threads=1)
        found.append((keras.initializers.GlorotUniform()((2, 2)), np.random.random()))  # noqa: NPY002
    same, again, other = ((ops.convert_to_numpy(weights).tolist(), number) for weights, number in found)
    assert same == again
    assert same[0] != other[0]
    assert same[1] != other[1]
