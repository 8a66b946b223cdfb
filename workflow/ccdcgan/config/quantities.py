"""The numbers that keys hold, by what they measure: each with its unit and a generous range.

A value beyond its range is a slip of the pen (a missing point, another unit) or would break what it sets. Every number
of the configuration has both bounds; a test sees to it. Bounds stand before `FromText`, else the schema lacks them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    BeforeValidator,
    Field,
    WithJsonSchema,
)

from ccdcgan.config.values import FromText

__all__ = [
    "Atoms",
    "BatchSize",
    "Channels",
    "Count",
    "CountOrNone",
    "Cutoff",
    "Energy",
    "EnergyAbove",
    "Fraction",
    "Grid",
    "LearningRate",
    "Length",
    "Ratio",
    "Seconds",
    "Seed",
    "Share",
    "Steps",
    "Threads",
    "Weight",
]


Seed = Annotated[int, Field(ge=0, le=2**31 - 1), FromText]
"""Of random choices; with all `Steps` added it still fits into the 32 bits that Keras takes."""
Count = Annotated[int, Field(ge=1, le=10**7), FromText]
"""Of crystals, graphs or structures."""
CountOrNone = Annotated[int, Field(ge=0, le=10**7), FromText]
"""Of crystals, graphs or structures, where there may be none."""
Atoms = Annotated[int, Field(ge=1, le=1000), FromText]
"""Of a cell."""
Steps = Annotated[int, Field(ge=1, le=10**9), FromText]
"""Of a training."""
BatchSize = Annotated[int, Field(ge=1, le=10**5), FromText]
"""Samples that a network sees at once, or structures in one job."""
Grid = Annotated[int, Field(ge=8, le=256, multiple_of=8), FromText]
"""Points along one edge of a voxel."""
Channels = Annotated[
    list[Annotated[int, Field(ge=1, le=4096), FromText]],
    BeforeValidator(lambda value: value if isinstance(value, list) else [value]),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 4096},
                {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 4096}},
            ]
        }
    ),
]
"""Of each convolution, or one number that stands for all."""
Threads = Annotated[int, Field(ge=1, le=4096), FromText]
"""Of one process."""
LearningRate = Annotated[float, Field(gt=0, le=1), FromText]
"""Of an optimizer."""
Weight = Annotated[float, Field(ge=0, le=1000), FromText]
"""Of a term of a loss."""
Fraction = Annotated[float, Field(gt=0, lt=1), FromText]
"""Of a whole, neither nothing nor all."""
Share = Annotated[float, Field(ge=0, le=1), FromText]
"""Of a whole, from nothing to all."""
Ratio = Annotated[float, Field(ge=0.01, le=100), FromText]
"""Of two lengths or volumes."""
Length = Annotated[float, Field(ge=0.001, le=1000), FromText]
"""In angstrom."""
Energy = Annotated[float, Field(ge=-100, le=100), FromText]
"""In eV/atom."""
EnergyAbove = Annotated[float, Field(gt=0, le=100), FromText]
"""In eV/atom, above some other."""
Cutoff = Annotated[float, Field(ge=10, le=10_000), FromText]
"""Kinetic energy of plane waves, in eV."""
Seconds = Annotated[float, Field(gt=0, le=10**7), FromText]
"""Up to 116 days."""
