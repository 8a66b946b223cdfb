"""Relaxation by the default engine, against plain ASE with the same potentials, one structure at a time.

Run with ``python tests/benchmarks/relaxation.py [structures]``. Both relax substituted Bi-Se prototypes with BFGS and
FrechetCellFilter to 0.1 eV/angstrom by 7net-0 and take the energy of 7net-l3i5, in one process on one thread. Prints
structures per minute of processor time (other programs on the machine disturb it little), which outcomes differ, and
last ``ratio: X``.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from sevenn.calculator import SevenNetCalculator
from threadpoolctl import threadpool_limits

from ccdcgan.config.loading import load_config
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.lockstep import CURVATURE, DIVERGED
from ccdcgan.relaxation.potentials import PotentialEngine

CONFIG = load_config(Path(__file__).parents[2] / "config/config.yaml")
SETTINGS = CONFIG.relaxation.model_copy(update={"second_model": None})
SAME = 0.002  # eV/atom


class OneAtATime:
    """Plain ASE with the potentials' own calculators."""

    def __init__(self) -> None:
        self.relaxer = SevenNetCalculator("7net-0", device="cpu")
        self.judge = SevenNetCalculator("7net-l3i5", device="cpu")

    def relax(self, structures: list[Atoms]) -> dict[str, float | None]:
        """Energy in eV/atom of each structure, None where it does not converge."""
        return {atoms.info["id"]: self._energy(atoms.copy()) for atoms in structures}

    def _energy(self, atoms: Atoms) -> float | None:
        atoms.calc = self.relaxer
        optimizer = BFGS(FrechetCellFilter(atoms), logfile=None, alpha=CURVATURE)
        for _ in optimizer.irun(fmax=SETTINGS.fmax, steps=SETTINGS.max_steps):
            if np.abs(atoms.get_forces()).max() > DIVERGED:
                return None
        if not optimizer.converged(optimizer.optimizable.get_gradient()):
            return None
        atoms.calc = self.judge
        return atoms.get_potential_energy() / len(atoms)


class Batched:
    """The engine."""

    def __init__(self) -> None:
        self.engine = PotentialEngine(SETTINGS)

    def relax(self, structures: list[Atoms]) -> dict[str, float | None]:
        """Energy in eV/atom of each structure, None where it does not converge."""
        return {
            name: outcome.energy / len(outcome.atoms) if isinstance(outcome, Relaxed) else None
            for name, outcome in self.engine.relax(structures)
        }


def main(count: int) -> None:
    """Measure and print."""
    section = CONFIG.prototypes.model_copy(update={"sample": count})
    structures = substitute_prototypes(section, CONFIG.system, CONFIG.matching, CONFIG.seed).structures
    rates, energies = {}, {}
    for name, way in (("ASE, one at a time", OneAtATime()), ("batched", Batched())):
        way.relax(structures[:2])  # whatever is compiled at the first calls
        start = time.process_time()
        energies[name] = way.relax(structures)
        rates[name] = 60 * count / (time.process_time() - start)
        print(f"{name}: {rates[name]:.1f} structures/min", flush=True)
    alone, batched = energies.values()
    same = 0
    for atoms in structures:
        one, other = alone[atoms.info["id"]], batched[atoms.info["id"]]
        if (one is None and other is None) or (one is not None and other is not None and abs(one - other) <= SAME):
            same += 1
        else:
            print(f"{atoms.info['id']} ({atoms.symbols}): {one} alone, {other} batched, in eV/atom")
    print(f"the same outcome within {SAME} eV/atom: {same} of {count}")
    print(f"ratio: {rates['batched'] / rates['ASE, one at a time']:.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
