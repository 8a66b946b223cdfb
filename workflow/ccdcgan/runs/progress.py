"""How long something that takes many equal steps will go on."""

from __future__ import annotations

import time

__all__ = ["Progress"]


class Progress:
    """Estimates the time left from the time that the steps so far have taken.

    Parameters
    ----------
    total
        Steps in all.
    done
        Steps that were done before the clock starts, such as those of an interrupted job.
    """

    def __init__(self, total: int, done: int = 0) -> None:
        self.total = total
        self.before = done
        self.start = time.monotonic()

    def left(self, done: int) -> str:
        """Say how long the rest will take if it goes on like this.

        Parameters
        ----------
        done
            Steps done by now.

        Returns
        -------
        str
            For example ``about 12 min left``; empty behind the last step, and as long as nothing is known.
        """
        made = done - self.before
        if made < 1 or done >= self.total:
            return ""
        seconds = (time.monotonic() - self.start) / made * (self.total - done)
        for unit, length in (("h", 3600), ("min", 60)):
            if seconds >= 2 * length:
                return f"about {seconds / length:.0f} {unit} left"
        return f"about {seconds:.0f} s left"
