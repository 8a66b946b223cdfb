"""Many relaxations side by side: unmodified ASE optimizers in lock step over one batched force call.

Small cells leave a potential's kernels idle; one call for many cells fills them. Each structure keeps its own
optimizer, so its path is that of a relaxation on its own, and a finished structure makes room for a waiting one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from scipy.linalg import expm_frechet

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.relaxation.engine import Relaxed

__all__ = ["CURVATURE", "Cell", "Evaluation", "GiveUp", "relax_in_lockstep"]

CURVATURE = 40.0
"""First guess of the energy's curvature in eV/angstrom^2, of every direction alike; ASE's 70 takes more steps."""
DIVERGED = 1e4
"""Force in eV/angstrom from which no relaxation comes back: a potential far outside of what it has learnt."""


@dataclass(frozen=True)
class Evaluation:
    """What a potential says of one structure."""

    energy: float
    """Total energy of the cell, in eV."""
    forces: np.ndarray
    """Forces in eV/angstrom, shape (n_atoms, 3)."""
    stress: np.ndarray
    """Stress in eV/angstrom^3, in ASE's Voigt order (xx, yy, zz, yz, xz, xy), tension positive."""


Evaluate = Callable[[Sequence[Atoms]], list[Evaluation]]
GiveUp = Callable[[Atoms, float, int], Rejected | None]
"""Asked with a structure, its energy in eV and the steps taken; a `Rejected` ends its relaxation."""


class _Precomputed(Calculator):
    """Hands an optimizer the results of the batched call, and refuses to answer for any other geometry."""

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def hold(self, atoms: Atoms, result: Evaluation) -> None:
        self.atoms = atoms.copy()
        self.results = {
            "energy": result.energy,
            "free_energy": result.energy,
            "forces": result.forces,
            "stress": result.stress,
        }

    def calculate(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("an optimizer asked for a geometry that the batch has not evaluated")


class Cell(FrechetCellFilter):
    """ASE's filter without a mask or pressure, which does nothing twice for a geometry: its steps take milliseconds.

    What the optimizer has set is what it gets back, where ASE takes logarithms. The force on the logarithm of the
    deformation F = exp(X) is one directional derivative instead of nine: <L(X, E), G> = <E, L(X^T, G)>, with L the
    Frechet derivative of the exponential (Higham, Functions of Matrices, 2008, sec. 3.2).
    """

    def __init__(self, atoms: Atoms) -> None:
        super().__init__(atoms)
        self._positions: np.ndarray = super().get_positions()
        self._undeformed = self._positions[-3:]
        self._forces: np.ndarray | None = None

    def get_positions(self) -> np.ndarray:
        """What was set last, in the filter's coordinates; shape (n_atoms + 3, 3)."""
        return self._positions.copy()

    def set_positions(self, new: np.ndarray, **kwargs: Any) -> None:
        """Move atoms and cell; shape (n_atoms + 3, 3)."""
        super().set_positions(new, **kwargs)
        self._positions, self._forces = new.copy(), None

    def get_forces(self, **kwargs: Any) -> np.ndarray:
        """Forces on what `get_positions` gives, worked out once for each geometry; shape (n_atoms + 3, 3)."""
        if self._forces is None:
            virial = -self.atoms.get_volume() * self.atoms.get_stress(voigt=False)
            deformation = self.deform_grad()
            logarithm = (self._positions[-3:] - self._undeformed) / self.exp_cell_factor
            gradient = np.linalg.solve(deformation, virial.T).T
            finite = np.isfinite(gradient).all()  # SciPy refuses what is not
            strain = expm_frechet(logarithm.T, gradient, compute_expm=False) if finite else gradient
            self._forces = np.concatenate([self.atoms.get_forces() @ deformation, strain / self.exp_cell_factor])
        return self._forces.copy()


class _Job:
    """One structure, its optimizer and its clock."""

    def __init__(self, atoms: Atoms) -> None:
        self.name: str = atoms.info["id"]
        self.atoms = atoms.copy()
        self.atoms.calc = _Precomputed()
        self.cell_and_positions = Cell(self.atoms)
        self.optimizer = BFGS(self.cell_and_positions, logfile=None, alpha=CURVATURE)
        self.steps = 0
        self.start = time.monotonic()

    def fmax(self) -> float:
        forces = self.cell_and_positions.get_forces()
        return float(np.sqrt((forces**2).sum(axis=1).max()))

    def outcome(self, settings: Relaxation) -> Relaxed | Rejected | None:
        """Return how the structure ended, or nothing if it has to go on."""
        energy, fmax = self.atoms.get_potential_energy(), self.fmax()
        if not np.isfinite([energy, fmax]).all():
            return Rejected(Reason.NOT_FINITE, f"energy {energy} eV, force {fmax} eV/angstrom after {self.steps} steps")
        if fmax <= settings.fmax:
            final = self.atoms.copy()
            return Relaxed(final, float(energy), self.steps, fmax)
        if fmax > DIVERGED:
            return Rejected(Reason.DIVERGED, f"force {fmax:.2g} eV/angstrom after {self.steps} steps")
        if self.steps >= settings.max_steps:
            return Rejected(Reason.NOT_CONVERGED, f"force {fmax:.3f} eV/angstrom after {self.steps} steps")
        if time.monotonic() - self.start > settings.time_limit:
            return Rejected(Reason.TIME_LIMIT, f"over {settings.time_limit:g} s after {self.steps} steps")
        return None

    def hopeless(self, give_up: GiveUp | None) -> Rejected | None:
        """Return why the caller has no use for the structure any more."""
        return give_up(self.atoms, float(self.atoms.get_potential_energy()), self.steps) if give_up else None

    def step(self) -> Rejected | None:
        """Move to the next geometry; a geometry that no potential should see is a reject."""
        try:
            self.optimizer.step()
        except Exception as error:
            return Rejected(Reason.ENGINE_ERROR, f"{type(error).__name__}: {error}")
        self.steps += 1
        if not _finite(self.atoms):
            return Rejected(Reason.NOT_FINITE, f"coordinates after {self.steps} steps")
        volume = self.atoms.get_volume() / len(self.atoms)
        if not 1.0 < volume < 1000.0:
            return Rejected(Reason.VOLUME, f"{volume:.3g} angstrom^3/atom after {self.steps} steps")
        return None


def relax_in_lockstep(
    structures: Sequence[Atoms],
    evaluate: Evaluate,
    settings: Relaxation,
    atoms_in_flight: int,
    give_up: GiveUp | None = None,
) -> Iterator[tuple[str, Relaxed | Rejected]]:
    """Relax cell and positions of many structures with one force call for all of them at each step.

    BFGS over ASE's FrechetCellFilter until the largest force, cell included, is at most ``settings.fmax``.

    Parameters
    ----------
    structures
        With ids.
    evaluate
        Energies, forces and stresses of several structures at once, in their order.
    settings
        Convergence, step and time limits.
    atoms_in_flight
        Bound on the atoms in one force call, and so on memory; a structure larger than that goes alone.
    give_up
        Asked before every step of a structure that is not converged.

    Yields
    ------
    tuple of str and (Relaxed or Rejected)
        Id and outcome, as soon as it is known.
    """
    for atoms in structures:
        if not _finite(atoms):
            yield atoms.info["id"], Rejected(Reason.NOT_FINITE, "coordinates before relaxation")
    # The largest first, so that no long job is left alone at the end.
    waiting = sorted(filter(_finite, structures), key=len)
    active: list[_Job] = []
    while waiting or active:
        while waiting and (not active or sum(len(job.atoms) for job in active) + len(waiting[-1]) <= atoms_in_flight):
            active.append(_Job(waiting.pop()))
        failed = _evaluate(active, evaluate)
        going_on = []
        for job in active:
            ended = failed.get(job.name) or job.outcome(settings) or job.hopeless(give_up) or job.step()
            if ended is None:
                going_on.append(job)
            else:
                yield job.name, ended
        active = going_on


def _finite(atoms: Atoms) -> bool:
    return bool(np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all())


def _evaluate(jobs: Sequence[_Job], evaluate: Evaluate) -> dict[str, Rejected]:
    """Give every job its results; if the batched call fails, find whose fault it was by calling one at a time."""
    try:
        results = evaluate([job.atoms for job in jobs])
    except Exception as error:
        if len(jobs) == 1:
            return {jobs[0].name: Rejected(Reason.ENGINE_ERROR, f"{type(error).__name__}: {error}")}
        failed: dict[str, Rejected] = {}
        for job in jobs:
            failed |= _evaluate([job], evaluate)
        return failed
    for job, result in zip(jobs, results, strict=True):
        job.atoms.calc.hold(job.atoms, result)
    return {}
