import pytest

from ccdcgan.runs import progress
from ccdcgan.runs.progress import Progress


@pytest.mark.parametrize(
    ("total", "before", "done", "seconds", "words"),
    [
        (10, 0, 5, 50.0, "about 50 s left"),
        (10, 4, 6, 60.0, "about 2 min left"),
        (1000, 0, 1, 30.0, "about 8 h left"),
        (10, 4, 4, 60.0, ""),
        (10, 0, 10, 60.0, ""),
    ],
)
def test_the_rest_takes_as_long_as_what_was_done(monkeypatch, total, before, done, seconds, words):
    clock = iter([100.0, 100.0 + seconds])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    assert Progress(total, before).left(done) == words
