"""What a relaxation engine is, and which there are.

A new engine is one module with a class that fits `Engine`, one entry in `load_engine` and its name in the config.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


class Engine(Protocol):
    """Relaxes structures and gives their energies on one scale."""

    scale: str
    """Name of the energy scale; energies of different scales must not meet in one hull."""

    def relax(self, structures: Sequence[Atoms]) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """Relax structures, yielding each one's id and outcome as soon as it is known, in any order.

        A structure that cannot be relaxed is yielded as a `Rejected`; it never raises.
        """
        ...


def load_engine(settings: Relaxation, threads: int = 1) -> Engine:
    """Build the engine that the config names.

    Parameters
    ----------
    settings
        Section ``relaxation`` of the config.
    threads
        CPU threads it may use.

    Raises
    ------
    ValueError
        If the engine does not know one of the models named in the settings.
    """
    # Imported only when chosen: each engine pulls its own heavy dependencies.
    match settings.engine:
        case "sevennet":
            from ccdcgan.relaxation.sevennet import SevenNetEngine

            return SevenNetEngine(settings, threads)
