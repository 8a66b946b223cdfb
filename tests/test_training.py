import contextlib
import json

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

from ccdcgan.training import SLICE, Paused, Trainer, configure, fit


class Regression(Trainer):
    """A small network with dropout that learns the sum of its inputs."""

    def __init__(self) -> None:
        keras.utils.set_random_seed(1)
        super().__init__(seed=3, tracked=("error",))
        layers = [keras.Input((5,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
        self.network = keras.Sequential(layers)
        self.array = ops.convert_to_tensor(np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32))

    def compute_loss(self, *args, **kwargs):
        batch = self.draw(self.array, 16)
        error = ops.mean(ops.square(self.network(batch, training=True) - ops.sum(batch, axis=-1, keepdims=True)))
        self.track(error=error)
        return error


def train(trainer, *, evaluate=None, backup=None, identity="", steps=50, records=5, learning_rate=0.01, per_call=7):
    return fit(
        trainer,
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, 50)),
        steps=steps,
        steps_per_call=per_call,
        evaluate=evaluate,
        records=records,
        backup=backup,
        identity=identity,
    )


class Interruption:
    """Evaluation that is interrupted when it is called the n-th time."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return {}


def assert_same_weights(one, other):
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


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


def test_backup_of_other_settings_is_not_continued(undisturbed, tmp_path, caplog):
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        train(Regression(), evaluate=Interruption(3), backup=backup, identity="sigma 0.4")
    again = Regression()
    history = train(again, backup=backup, identity="sigma 0.5")
    assert "starting anew" in caplog.text
    pd.testing.assert_frame_equal(history, undisturbed[1], check_exact=True)


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
