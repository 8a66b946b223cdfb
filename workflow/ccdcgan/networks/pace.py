"""How long a training will take on a CPU, said after its first minute and not after its last hour."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

import keras

__all__ = ["LONG", "Watch", "warning"]

log = logging.getLogger(__name__)

LONG = 3600.0
"""Seconds beyond which a training on a CPU is worth a warning."""
FIRST_LOOK = 60.0
"""Seconds after which the steps are counted; again after twice the time as long as there are none."""


def warning(done: int, left: int, seconds: float) -> str:
    """Say that a training will take long, and what would help.

    Parameters
    ----------
    done
        Steps that were made, at least one.
    left
        Steps that are to be made.
    seconds
        Time that those made took.

    Returns
    -------
    str
        A sentence for the user; empty if the rest takes less than `LONG`.
    """
    rest = seconds / done * left
    if rest < LONG:
        return ""
    helps = "a machine with a GPU, fewer steps, a smaller grid or fewer channels shorten it"
    if keras.backend.backend() == "tensorflow" and os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0":
        helps = "TF_ENABLE_ONEDNN_OPTS=0 is set, without which it may be a hundred times faster"
    return (
        f"this training will take about {rest / 3600:.1f} h on this processor: {seconds / done:.3g} s a step; {helps}"
    )


class Watch:
    """Looks at a training from beside it, once it has had time to make some steps; a context manager.

    Parameters
    ----------
    done
        Number of steps done, called from another thread.
    total
        Steps in all.
    """

    def __init__(self, done: Callable[[], int], total: int) -> None:
        self.done = done
        self.total = total
        self.before = done()
        self.start = time.monotonic()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        if not _has_gpu():
            self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()

    def _look(self) -> None:
        wait = FIRST_LOOK
        while not self.ended.wait(wait):
            done, seconds = self.done(), time.monotonic() - self.start
            if done > self.before:
                if sentence := warning(done - self.before, self.total - done, seconds):
                    log.warning(sentence)
                    print(sentence, file=sys.stderr, flush=True)
                return
            wait *= 2


def _has_gpu() -> bool:
    if keras.backend.backend() == "torch":  # for which Keras lists no devices
        import torch

        return bool(torch.cuda.is_available())
    return bool(keras.distribution.list_devices("gpu"))
