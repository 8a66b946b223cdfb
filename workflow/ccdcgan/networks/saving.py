"""Networks written to their files, and read back."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras

import ccdcgan.networks.layers  # noqa: F401  # registers the project's own layers with Keras

__all__ = ["load", "save"]

SHARED = "shared_object_id"
"""Key under which Keras writes the address of an object that several layers may share."""
DATE = (1980, 1, 1, 0, 0, 0)
"""Of what is in a file: the earliest that a zip archive knows."""


def load(path: Path | str) -> keras.Model:
    """Read a network from its ``.keras`` file in Keras's safe mode, which runs no code from it."""
    return keras.saving.load_model(path, safe_mode=True)


def save(model: keras.Model, path: Path | str) -> None:
    """Write a network as a ``.keras`` file whose bytes follow from the network alone.

    Keras writes the time and addresses of objects in memory, and numbers the layers of a process one after another,
    whichever network they belong to: of a training that was interrupted the same network would be another file.
    """
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    config = json.loads(parts["config.json"])
    names = _Names()
    for name in _named(config):
        names[name]
    parts["config.json"] = json.dumps(_numbered(_renamed(config, names), {})).encode()
    saved = json.loads(parts["metadata.json"]) | {"date_saved": "1980-01-01@00:00:00"}
    parts["metadata.json"] = json.dumps(saved).encode()
    parts["model.weights.h5"] = _weights(parts["model.weights.h5"], names)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), content)


class _Names(dict[str, str]):
    """Name of a layer -> the name that it has in a process that makes no other network."""

    def __missing__(self, name: str) -> str:
        base = re.sub(r"_\d+$", "", name)
        number = sum(re.sub(r"_\d+$", "", other) == base for other in self)
        self[name] = f"{base}_{number}" if number else base
        return self[name]


def _named(config: Any) -> Iterator[str]:
    """Names of the layers of a config, in its order."""
    if isinstance(config, dict):
        if isinstance(config.get("config"), dict) and isinstance(config["config"].get("name"), str):
            yield config["config"]["name"]
        config = list(config.values())
    if isinstance(config, list):
        for each in config:
            yield from _named(each)


def _renamed(config: Any, names: _Names) -> Any:
    """A config with other names of layers, wherever they stand."""
    if isinstance(config, dict):
        return {key: _renamed(value, names) for key, value in config.items()}
    if isinstance(config, list):
        return [_renamed(each, names) for each in config]
    return names.get(config, config) if isinstance(config, str) else config


def _numbered(config: Any, numbers: dict[int, int]) -> Any:
    """A config whose shared objects are named by the order in which they stand, not by their address in memory."""
    if isinstance(config, list):
        return [_numbered(each, numbers) for each in config]
    if not isinstance(config, dict):
        return config
    return {
        key: numbers.setdefault(value, len(numbers)) if key == SHARED else _numbered(value, numbers)
        for key, value in config.items()
    }


def _weights(content: bytes, names: _Names) -> bytes:
    """A file of weights with other names of layers."""
    written = io.BytesIO()
    with h5py.File(io.BytesIO(content)) as old, h5py.File(written, "w") as new:

        def copy(path: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                new.create_dataset(path, data=item[()], track_times=False)
            else:
                new.require_group(path)
            for key, value in item.attrs.items():
                new[path].attrs[key] = names[value] if key == "name" else value

        old.visititems(copy)
        for key, value in old.attrs.items():
            new.attrs[key] = value
    return written.getvalue()
