"""Potentials by name, and the engine that relaxes with one and takes energies from another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import torch
from ase import Atoms

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.lockstep import Evaluation, GiveUp, relax_in_lockstep

__all__ = ["Potential", "PotentialEngine", "load_potential"]

OWN_MODELS = {"sevennet": ("7net-0", "7net-l3i5"), "chgnet": ("chgnet-0.3.0", "chgnet-0.3.0")}
"""Engine -> potential that relaxes, potential that gives the energy, where the config names none."""
ATOMS_IN_FLIGHT = 64
"""Atoms in one force call; from about there the time per atom no longer falls on a CPU core."""


class Potential(Protocol):
    """A potential, called for many structures at once."""

    scale: str
    """Name of its energy scale."""

    def __call__(self, structures: Sequence[Atoms]) -> list[Evaluation]:
        """Energy, forces and stress of each structure, in order."""
        ...


def load_potential(name: str) -> Potential:
    """Load a potential by its name.

    Parameters
    ----------
    name
        ``chgnet-0.3.0`` or another of CHGNet's with that prefix; any other name or checkpoint file is SevenNet's.

    Raises
    ------
    ValueError
        If there are no weights of that name.
    """
    try:
        if name.startswith("chgnet-"):
            from ccdcgan.relaxation.chgnet import CHGNetPotential

            return CHGNetPotential(name)
        from ccdcgan.relaxation.sevennet import SevenNetPotential

        return SevenNetPotential(name)
    except Exception as error:
        raise ValueError(
            f"config section 'relaxation': found model {name!r}, expected a potential whose weights are installed, "
            f"such as 7net-0, 7net-l3i5 or chgnet-0.3.0"
        ) from error


class PotentialEngine:
    """Relaxes with one potential and takes the energy of the relaxed cell from another."""

    def __init__(self, settings: Relaxation, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        self.settings = settings
        relaxer, judge = OWN_MODELS[settings.engine]
        relaxer, judge = settings.relax_model or relaxer, settings.energy_model or judge
        names = {relaxer, judge, *filter(None, [settings.second_model])}
        potentials = {name: load_potential(name) for name in sorted(names)}
        self.relaxer, self.judge = potentials[relaxer], potentials[judge]
        self.second = potentials[settings.second_model] if settings.second_model else None
        self.scale = f"{self.judge.scale} by {judge} at geometries of {relaxer}"

    def relax(
        self, structures: Sequence[Atoms], give_up: GiveUp | None = None
    ) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """See `Engine.relax`; ``give_up`` as for `relax_in_lockstep`."""
        for name, outcome in relax_in_lockstep(structures, self.relaxer, self.settings, ATOMS_IN_FLIGHT, give_up):
            yield name, self._judged(outcome) if isinstance(outcome, Relaxed) else outcome

    def _judged(self, relaxed: Relaxed) -> Relaxed | Rejected:
        """Give a structure, which carries the relaxer's energy, those of the other potentials."""

        def energy(potential: Potential) -> float:
            return relaxed.energy if potential is self.relaxer else potential([relaxed.atoms])[0].energy

        try:
            second = energy(self.second) if self.second else None
            return replace(relaxed, energy=energy(self.judge), second_energy=second)
        except Exception as error:
            return Rejected(Reason.ENGINE_ERROR, f"{type(error).__name__}: {error}")
