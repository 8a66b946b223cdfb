"""What a relaxation engine is: it knows none of them.

A new engine is one module with a class that fits `Engine`, one case in `registry.load_engine` and its name in the
config.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ase import Atoms

from ccdcgan.crystals.structures import Rejected

__all__ = ["Engine", "Relaxed"]


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
    """Total energy by the config's ``second_model``, in eV, on a scale of its own; None without one."""


class Engine(Protocol):
    """Relaxes structures and gives their energies on one scale."""

    scale: str
    """Name of the energy scale, settings included: energies of two scales must not meet in one hull."""

    def relax(self, structures: Sequence[Atoms]) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """Relax structures, yielding each one's id and outcome as soon as it is known, in any order.

        A structure that cannot be relaxed is yielded as a `Rejected`; it never raises.
        """
        ...
