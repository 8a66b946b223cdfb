"""Section ``relaxation``: the engine, its settings, and what counts as a crystal."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    Field,
    field_validator,
)

from ccdcgan.config.quantities import BatchSize, Cutoff, Length, Seconds
from ccdcgan.config.values import Flag, FromText, Section, Text

__all__ = ["Gpaw", "Relaxation", "Vasp"]

VolumePerAtom = Annotated[float, Field(ge=0.1, le=10_000), FromText]
"""In angstrom^3."""


class Gpaw(Section):
    """Engine gpaw: plane-wave PBE with the PAW setups of the package gpaw-data."""

    cutoff: Cutoff
    """Cutoff of the plane waves, in eV (paper, with VASP: 500)."""
    kpoint_length: Length
    """Gamma-centred k-points along each axis of the Niggli cell: this length over the axis's own, rounded up, in
    angstrom (paper: 40)."""
    smearing: Annotated[float, Field(ge=1e-6, le=10), FromText]
    """Width of the Fermi-Dirac smearing, in eV; energies are extrapolated to none."""
    relax: Flag
    """Relax cell and positions; false: a single point at the given geometry."""


class Vasp(Section):
    """Engine vasp: PBE by VASP under custodian."""

    command: Text | None
    """Command that runs VASP, such as `mpirun -n {threads} vasp_std`; {threads} stands for the threads of the rule."""
    potcars: Literal["PBE", "PBE_52", "PBE_54", "PBE_64"]
    """Set of POTCARs, by pymatgen's name; pymatgen finds it through PMG_VASP_PSP_DIR."""
    encut: Cutoff
    """Energy cutoff of the plane waves, in eV (paper: 500)."""
    kpoint_length: Length
    """k-points along each edge: this over the edge of the Niggli cell, rounded up, in angstrom (paper: 40)."""


class Relaxation(Section):
    """Relaxation of cell and positions, of the database and of the candidates alike."""

    engine: Literal["sevennet", "chgnet", "vasp", "gpaw"]
    """Which engine computes energies and forces: a potential (sevennet, chgnet) or DFT (vasp, gpaw)."""
    relax_model: Text | None
    """Potential that relaxes; null: the engine's own, 7net-0 or chgnet-0.3.0. Not for DFT."""
    energy_model: Text | None
    """Potential that gives the final energy, and so the energy scale; null: 7net-l3i5 or chgnet-0.3.0. Not for DFT."""
    second_model: Text | None
    """Potential that gives a second energy at the relaxed geometry; the two formation energies' disagreement is a
    column of the candidates' table. null: none. Not for DFT."""
    fmax: Annotated[float, Field(ge=1e-6, le=100), FromText]
    """Converged when no force component (cell included) exceeds this, in eV/angstrom."""
    max_steps: Annotated[int, Field(ge=1, le=10**6), FromText]
    """Optimizer steps after which a structure counts as not converged."""
    time_limit: Seconds
    """Wall time after which a structure is given up, in seconds."""
    min_distance: Length | None
    """Shortest distance allowed after relaxation, in angstrom; null: 0.6 times the sum of covalent radii, pair by pair.
    Elements, whose phases are references, are held to the latter always."""
    volume_per_atom: tuple[VolumePerAtom, VolumePerAtom] | None
    """Window of the volume per atom after relaxation, in angstrom^3; null: 0.4 to 2.5 times what the atoms take in
    compounds (see prototypes.volume_scale). Elements, whose phases are references, are held to the latter always."""
    batch_size: BatchSize
    """Structures in one job."""
    gpaw: Gpaw | None
    """Settings of engine gpaw."""
    vasp: Vasp | None
    """Settings of engine vasp."""

    def of_engine(self) -> Self:
        """The settings that concern the chosen engine: without the sections of the others."""
        engines = get_args(type(self).model_fields["engine"].annotation)
        others = {name for name in engines if name != self.engine} & set(type(self).model_fields)
        return self.model_copy(update=dict.fromkeys(others))

    @field_validator("volume_per_atom", mode="before")
    @classmethod
    def _list_to_tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("volume_per_atom")
    @classmethod
    def _ordered(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value and not value[0] < value[1]:
            raise ValueError("a smaller, then a larger number")
        return value
