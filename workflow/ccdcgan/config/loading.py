"""From YAML files or a mapping to a checked configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import (
    ValidationError,
)

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import ConfigError, sentences, show
from ccdcgan.config.schema import Schema

__all__ = ["load_config", "parse_config"]


def parse_config(values: Mapping[str, Any]) -> Config:
    """Check a mapping against the configuration classes.

    Raises
    ------
    ConfigError
        One sentence for each wrong key: its name, what was found and what was expected.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"config: found {show(values)}, expected keys and values.")
    try:
        return Config.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(" ".join(sentences(error, values, _schema()))) from None


def load_config(*paths: Path | str) -> Config:
    """Read YAML files, each overriding the ones before it key by key, and check the result.

    Raises
    ------
    ConfigError
        If a file cannot be read as YAML, or a key is wrong.
    """
    merged: Mapping[str, Any] = {}
    for path in paths:
        try:
            values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ConfigError(f"{path}: found {show(values)}, expected keys and values.")
            merged = _merged(merged, values)
        except ConfigError:
            raise
        # Of the value: bytes that are no text, dates and numbers that are none.
        except (OSError, yaml.YAMLError, ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: found {_problem(error)}, expected a readable YAML file.") from error
    return parse_config(merged)


@cache
def _schema() -> Schema:
    return Config.model_json_schema()


def _merged(values: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Values with those of a later file over them, key by key; both stay as they are."""
    result = dict(values)
    for key, value in later.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return result


def _problem(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"a mistake in line {error.problem_mark.line + 1}"
    return type(error).__name__
