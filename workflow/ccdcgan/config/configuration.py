"""The whole configuration: all sections, and what must hold between them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import (
    Field,
    field_validator,
    model_validator,
)

from ccdcgan.config.autoencoders import Autoencoders
from ccdcgan.config.constraint import Constraint
from ccdcgan.config.controls import Controls
from ccdcgan.config.database import Database
from ccdcgan.config.decoding import Decoding
from ccdcgan.config.elements import NOBLE_GASES, known_elements
from ccdcgan.config.flow import Flow
from ccdcgan.config.gan import Gan
from ccdcgan.config.generation import VARIANTS, Generation
from ccdcgan.config.hull import Hull
from ccdcgan.config.matching import Matching
from ccdcgan.config.metrics import Metrics
from ccdcgan.config.objectives import Objective
from ccdcgan.config.prototypes import Prototypes
from ccdcgan.config.quantities import Seed
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.config.report import Report
from ccdcgan.config.screening import Screening
from ccdcgan.config.studies import Studies
from ccdcgan.config.values import Mismatch, Section, Text
from ccdcgan.config.voxels import Voxels, halvings

__all__ = ["Config"]


class Config(Section):
    """The whole configuration."""

    run: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$",
            max_length=100,
            json_schema_extra={
                "patternErrorMessage": "a letter or digit, then at most 99 letters, digits, '.', '-' and '_'"
            },
        ),
    ]
    """Name of the run, and of its folder under results/: letters, digits, dot, dash, underscore."""
    seed: Seed
    """Seed of every random choice."""
    system: Annotated[list[Text], Field(min_length=2, max_length=8)]
    """The chemical system: element symbols, in the order of the slots of the crystal graph."""
    prototypes: Prototypes
    """Prototype substitution."""
    matching: Matching
    """Comparison of structures."""
    relaxation: Relaxation
    """Relaxation."""
    database: Database
    """The relaxed database."""
    voxels: Voxels
    """Voxelization."""
    autoencoders: Autoencoders
    """Autoencoders."""
    constraint: Constraint
    """The constraint."""
    gan: Gan
    """GAN training."""
    flow: Flow
    """The conditional flow."""
    objectives: list[Objective]
    """Objectives of CCDCGAN beside the formation energy: for each {property, weight, goal, table}."""
    generation: Generation
    """Generation."""
    decoding: Decoding
    """Decoding."""
    screening: Screening
    """Screening by the constraint."""
    hull: Hull
    """Stability."""
    studies: Studies
    """Studies."""
    controls: Controls
    """Controls."""
    metrics: Metrics
    """Metrics."""
    report: Report
    """Report."""

    @property
    def variants(self) -> dict[str, str]:
        """The paper's models that this run makes -> the network that generates their graphs.

        DCGAN + constraint is DCGAN, screened.
        """
        return {name: model for name, model in VARIANTS.items() if model in self.generation.models}

    @field_validator("objectives")
    @classmethod
    def _different_properties(cls, value: list[Objective]) -> list[Objective]:
        names = [objective.property for objective in value]
        if len(set(names)) != len(names):
            raise ValueError("each property once")
        if "formation_energy" in names:
            raise ValueError("none of formation_energy, which is one anyway, of weight gan.weight")
        return value

    @field_validator("system")
    @classmethod
    def _elements(cls, value: list[str]) -> list[str]:
        from ase.data import chemical_symbols

        unknown = [symbol for symbol in value if symbol not in chemical_symbols[1:]]
        if unknown:
            raise ValueError(f"symbols of elements, and {unknown[0]!r} is none")
        if len(set(value)) != len(value):
            raise ValueError("different elements")
        inert = [symbol for symbol in value if symbol in NOBLE_GASES]
        if inert:
            raise ValueError(f"elements that form compounds, and {inert[0]} is a noble gas")
        return value

    @model_validator(mode="after")
    def _elements_are_known(self) -> Self:
        relaxation = self.relaxation
        models = (relaxation.relax_model, relaxation.energy_model, relaxation.second_model)
        known = known_elements(relaxation.engine, models)
        unknown = [symbol for symbol in self.system if known is not None and symbol not in known]
        if unknown:
            expected = f"elements that the potentials of relaxation.engine {relaxation.engine} know"
            raise Mismatch("system", self.system, f"{expected}, and {unknown[0]} is none of their {len(known or ())}")
        return self

    @model_validator(mode="after")
    def _controls_have_settings(self) -> Self:
        for source in self.controls.needed:
            if getattr(self.prototypes, source) is None:
                asks = "controls.sources" if source in (self.controls.sources or ()) else "controls.names"
                raise Mismatch(f"prototypes.{source}", None, f"its settings, as {asks} names {source}")
        return self

    @model_validator(mode="after")
    def _weights_have_a_temperature(self) -> Self:
        if "weighted_latents" in self.controls.names and self.gan.temperature is None:
            raise Mismatch("gan.temperature", None, "a number, as controls.names holds weighted_latents")
        return self

    @model_validator(mode="after")
    def _channels_of_each_convolution(self) -> Self:
        for name, grid in (("sites", self.voxels.sites_grid), ("lattice", self.voxels.lattice_grid)):
            found, expected = getattr(self.autoencoders, name).channels, halvings(grid)
            if len(found) not in (1, expected):
                wanted = f"one number, or {expected} with voxels.{name}_grid {grid}"
                raise Mismatch(f"autoencoders.{name}.channels", found, wanted)
        return self

    @model_validator(mode="after")
    def _whole_calls(self) -> Self:
        if self.gan.steps % self.gan.steps_per_call:
            expected = f"a multiple of gan.steps_per_call ({self.gan.steps_per_call})"
            raise Mismatch("gan.steps", self.gan.steps, expected)
        return self
