"""The paper's numbers stand beside its own system only."""

from ccdcgan.config.project import RESOURCES
from ccdcgan.runs.published import read_published


def test_numbers_of_the_papers_system_only():
    path = RESOURCES / "published.json"
    assert read_published(path, ["Se", "Bi"])["database"]["relaxed"] == 9810
    assert read_published(path, ["Ga", "N"]) == {"models": {}, "notes": []}
    assert read_published(path, ["Bi", "Se", "Te"]) == {"models": {}, "notes": []}
