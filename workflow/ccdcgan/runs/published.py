"""What the paper published, which is about one system."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["read_published"]


def read_published(path: Path | str, system: Sequence[str]) -> dict[str, Any]:
    """Read the paper's numbers; of another system than its own it has none: no models, no notes and nothing else.

    Parameters
    ----------
    path
        ``resources/published.json``.
    system
        Element symbols of the run, in any order.
    """
    published: dict[str, Any] = json.loads(Path(path).read_text())
    return published if set(system) == set(published["system"]) else {"models": {}, "notes": []}
