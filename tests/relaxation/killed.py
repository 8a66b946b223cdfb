"""A batch to be killed: ``python -m tests.relaxation.killed JOURNAL RESULT``."""

import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ccdcgan.config.loading import load_config
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.lockstep import Evaluation, relax_in_lockstep
from tests.conftest import ROOT, rattled, rocksalt


def evaluate(structures):
    """Springs from every atom to its site in rocksalt, as slow as a small potential."""
    time.sleep(0.01)
    results = []
    for atoms in structures:
        displacements = atoms.positions - rocksalt().repeat((1, 1, 2)).positions
        energy = (displacements**2).sum() - 4.0 * len(atoms)
        results.append(Evaluation(energy, -2 * displacements, np.zeros(6)))
    return results


class Engine:
    scale = "springs"

    def __init__(self, settings):
        self.settings = settings

    def relax(self, structures):
        return relax_in_lockstep(structures, evaluate, self.settings, atoms_in_flight=16)


def batch():
    return [rattled(rocksalt().repeat((1, 1, 2)), f"cell-{number}", size=0.3, seed=number) for number in range(24)]


def main(journal, result):
    threadpool_limits(1)
    settings = load_config(ROOT / "config/config.yaml").relaxation
    settings = settings.model_copy(update={"fmax": 0.001})
    _, table = relax_batch(batch(), lambda: Engine(settings), settings, Path(journal))
    table.to_csv(result, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
