"""Section ``flow``: network, training and sampling of the conditional flow."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from ccdcgan.config.quantities import BatchSize, LearningRate, Share, Steps
from ccdcgan.config.values import Distinct, FromText, Section

__all__ = ["ASKED", "COMPOSITION", "NUMBER", "PROPERTY", "Flow", "parse_asked"]

COMPOSITION = "composition"
"""Condition that stands for the fraction of each element."""
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
"""Regular expression of a number as it stands in names of models."""
PROPERTY = r"[A-Za-z][A-Za-z0-9_]*"
"""Regular expression of a condition's name."""
ASKED = rf"{PROPERTY}={NUMBER}"
"""Regular expression of a condition with its value."""


def parse_asked(text: str) -> tuple[str, float]:
    """Name and value of what is asked for, such as ``energy_above_hull=0.05``."""
    name, _, value = text.partition("=")
    return name, float(value)


def _each_once(value: list[str]) -> list[str]:
    names = [parse_asked(text)[0] for text in value]
    if len(set(names)) != len(names):
        raise ValueError("each condition once")
    return value


class Flow(Section):
    """Training and sampling of `flow`: conditional flow matching on crystal graphs (Lipman et al., ICLR 2023)."""

    width: Annotated[int, Field(ge=8, le=16_384), FromText]
    """Units of the residual layers (1024 with 6 blocks: 44 million parameters)."""
    blocks: Annotated[int, Field(ge=1, le=100), FromText]
    """Residual blocks."""
    steps: Steps
    """Training steps."""
    batch_size: BatchSize
    """Graphs in a batch."""
    learning_rate: LearningRate
    """Learning rate of AdamW, which falls to zero by a cosine."""
    conditions: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=f"^{PROPERTY}$",
                    max_length=100,
                    json_schema_extra={
                        "patternErrorMessage": "a letter, then at most 99 letters, digits and underscores"
                    },
                ),
            ]
        ],
        Distinct,
    ]
    """What the network is told of each crystal, and what it can be asked for: formation_energy, another numeric column
    of the database's table (energy_above_hull, n_atoms, ...), composition (the fraction of each element), or the
    property of an objective. [] for nothing."""
    condition_dropout: Share
    """Share of the graphs of which the network is told nothing, so that it can be asked for nothing, and guided; of the
    others it is told a random part of the conditions."""
    variants: Annotated[int, Field(ge=1, le=1000), FromText]
    """Crystal graphs of each crystal that it learns from: the canonical one, and those of other lattice vectors and
    origins; 1 for the canonical one alone."""
    temperature: Annotated[float, Field(ge=1e-4, le=100), FromText] | None
    """In eV/atom: it learns from each crystal with a weight exp(-energy above hull / temperature); null: from all
    alike."""
    ask: Annotated[
        list[
            Annotated[
                str,
                Field(
                    pattern=f"^{ASKED}$",
                    max_length=200,
                    json_schema_extra={"patternErrorMessage": "a condition and its value, such as energy_above_hull=0"},
                ),
            ]
        ],
        AfterValidator(_each_once),
    ]
    """What generated crystals shall be, in the units of the database's table: each a condition and its value, such as
    energy_above_hull=0 or Bi=0.4. [] for nothing. Models of another name ask for something else:
    flow-formation_energy=-0.3, flow-nothing."""
    guidance: Annotated[float, Field(ge=0, le=100), FromText]
    """How far sampling goes beyond what is asked for, away from what it would be without; 0 for none."""
    sampling_steps: Annotated[int, Field(ge=1, le=10_000), FromText]
    """Euler steps from noise to a crystal graph."""
