import time

import pytest

from ccdcgan.networks import pace
from ccdcgan.networks.pace import LONG, warning
from tests.networks.regression import Regression, train


def test_a_training_of_minutes_is_not_worth_a_word():
    assert warning(done=10, left=990, seconds=10) == ""
    assert warning(done=1, left=1, seconds=LONG - 1) == ""


def test_a_training_of_hours_is_told_with_what_would_help(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    told = warning(done=10, left=4490, seconds=187)
    assert "about 23.3 h on this processor: 18.7 s a step" in told
    assert "a GPU, fewer steps" in told


def test_kernels_that_were_switched_off_are_named(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert "TF_ENABLE_ONEDNN_OPTS=0 is set" in warning(done=10, left=4490, seconds=187)


def test_a_long_training_says_so_while_it_runs(monkeypatch, capfd, caplog):
    monkeypatch.setattr(pace, "LONG", 0.0)
    monkeypatch.setattr(pace, "FIRST_LOOK", 0.01)

    def wait():
        """Keep the training from its end until it was looked at."""
        limit = time.monotonic() + 60
        while "on this processor" not in caplog.text and time.monotonic() < limit:
            time.sleep(0.01)
        return {}

    train(Regression(), evaluate=wait)
    assert "on this processor" in caplog.text
    assert capfd.readouterr().err.count("on this processor") == 1


def test_a_training_that_ends_soon_is_not_waited_for(monkeypatch, caplog):
    monkeypatch.setattr(pace, "FIRST_LOOK", 3600.0)
    start = time.monotonic()
    with pace.Watch(lambda: 0, 10):
        pass
    assert time.monotonic() - start < 60
    assert caplog.text == ""


def test_a_training_that_fails_leaves_no_watch(monkeypatch):
    watch = pace.Watch(lambda: 0, 10)
    with pytest.raises(KeyboardInterrupt), watch:
        raise KeyboardInterrupt
    assert not watch.thread.is_alive()
