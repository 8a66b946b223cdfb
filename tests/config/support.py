"""The default configuration, changed."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml

from tests.conftest import ROOT

DEFAULT = ROOT / "config/config.yaml"
VALUES: Mapping[str, Any] = yaml.safe_load(DEFAULT.read_text())


def changed(**changes: Any) -> dict[str, Any]:
    """The default configuration with some keys changed; a double underscore stands for a dot."""
    values = deepcopy(dict(VALUES))
    for key, value in changes.items():
        section = values
        *path, last = key.split("__")
        for part in path:
            section = section[part]
        section[last] = value
    return values
