"""What a relaxation engine is, and which there are.

A new engine is one module with a class that fits `Engine`, one entry in `load_engine` and its name in the config.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ase import Atoms

from ccdcgan.config import Relaxation
from ccdcgan.structures import Rejected

__all__ = ["Engine", "Relaxed", "load_engine"]


@dataclass(frozen=True)
class Relaxed:
    """A structure at the end of its relaxation."""

    atoms: Atoms
    """Relaxed cell and positions; info as in the input."""
    energy: float
    """Total energy of the cell, in eV, on the engine's energy scale."""
    steps: int
    """Optimizer steps taken."""
    fmax: float
    """Largest force left, cell included, in eV/angstrom."""
    second_energy: float | None = None
    """Total energy by `second_model`, in eV, on a scale of its own."""


class Engine(Protocol):
    """Relaxes structures and gives their energies on one scale."""

    scale: str
    """Name of the energy scale, settings included: energies of two scales must not meet in one hull."""

    def relax(self, structures: Sequence[Atoms]) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """Relax structures, yielding each one's id and outcome as soon as it is known, in any order.

        A structure that cannot be relaxed is yielded as a `Rejected`; it never raises.
        """
        ...


def load_engine(settings: Relaxation, threads: int, folder: Path) -> Engine:
    """Build the engine that the config names.

    Parameters
    ----------
    settings
        Section ``relaxation`` of the config.
    threads
        CPU threads it may use.
    folder
        Where an engine that runs a program keeps the files of each calculation, in a subfolder of the structure's id.

    Raises
    ------
    ValueError
        If the settings name a model that there is not, or the engine is not installed.
    """
    # Imported only when chosen: each engine pulls its own heavy dependencies.
    match settings.engine:
        case "sevennet" | "chgnet":
            from ccdcgan.relaxation.potentials import PotentialEngine

            return PotentialEngine(settings, threads)
        case "gpaw":
            from ccdcgan.relaxation.gpaw import GPAWEngine

            return GPAWEngine(settings, folder)
        case "vasp":
            from ccdcgan.relaxation.vasp import VaspEngine

            return VaspEngine(settings, threads, folder)
