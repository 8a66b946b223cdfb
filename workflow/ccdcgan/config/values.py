"""What a key may hold besides numbers: paths, lists, nothing; and the base of all sections."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

__all__ = ["Distinct", "FilePath", "Flag", "FromText", "InsidePath", "Mismatch", "Section", "Text", "Url"]

NULL = ("null", "Null", "NULL", "~")
"""What YAML reads as nothing."""
List = TypeVar("List", bound=list[Any])


class Mismatch(ValueError):
    """Keys that do not fit each other: the wrong one, relative to the section, what it holds and what was expected."""

    def __init__(self, key: str, found: Any, expected: str) -> None:
        super().__init__(f"{key}: found {found!r}, expected {expected}")
        self.key, self.found, self.expected = key, found, expected


def _from_text(value: Any) -> Any:
    """Read a number or truth value given as text, as YAML or JSON writes it; anything else stays what it is.

    So does Snakemake hand over what stands inside ``--config section={key: 3}``, and YAML itself takes 1e-4 for text.
    """
    if isinstance(value, str) and len(value) <= 400:  # no number is longer
        readers: tuple[Callable[[str], Any], ...] = (yaml.safe_load, json.loads)
        for read in readers:
            try:
                parsed = read(value)
            except (yaml.YAMLError, ValueError, RecursionError):
                continue
            if isinstance(parsed, int | float):
                return parsed
    return value


def _path(value: str) -> str:
    if "\0" in value:
        raise ValueError("a path without NUL characters")
    return value


def _inside(value: str) -> str:
    """Refuse a relative path that leaves the folder of the workflow: where it leads depends on where that stands."""
    if os.path.normpath(value).split(os.sep)[0] == os.pardir:
        raise ValueError("a path inside the folder of the workflow, or an absolute one")
    return value


def _distinct(value: List) -> List:
    if len(set(value)) != len(value):
        raise ValueError("a list that holds none twice")
    return value


FromText = BeforeValidator(_from_text)
"""Lets a number or truth value come as text."""
Flag = Annotated[bool, FromText]
"""True or false."""
Text = Annotated[str, Field(max_length=1000)]
"""Any text; the bound also has pydantic refuse what is no Unicode."""
FilePath = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_path)]
"""Any path."""
InsidePath = Annotated[FilePath, AfterValidator(_inside)]
"""An absolute path, or one that stays inside the folder of the workflow."""
Url = Annotated[
    str,
    Field(
        pattern=r"^https?://[^\s/?#]+[^\s?#]*$",
        max_length=2000,
        json_schema_extra={"patternErrorMessage": "an address that begins with http:// or https://, without query"},
    ),
]
"""Address of a service."""
Distinct = AfterValidator(_distinct)
"""Of a list: no item twice."""


class Section(BaseModel):
    """Base of all sections: closed (an unknown key is an error), strict about types, immutable; all numbers finite."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _null_from_text(cls, values: Any) -> Any:
        """Read null given as text, as Snakemake hands it over inside ``--config section={key: null}``."""
        if not isinstance(values, Mapping):
            return values
        return {key: None if value in NULL else value for key, value in values.items()}
