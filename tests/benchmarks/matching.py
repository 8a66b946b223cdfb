"""Candidates looked up in a database, against StructureMatcher asked about every entry of the same reduced formula.

Run with ``python tests/benchmarks/matching.py [candidates] [database] [asked]``. Both sets are substituted Bi-Se
prototypes, each drawn with equal chance, so formulas are as frequent as they are among prototypes; positions are
displaced (Gaussian, up to 0.1 angstrom in the database and 0.3 in candidates) and cells strained (up to 1 and 3 %).
The database knows half of the prototypes. The plain loop is timed on ``asked`` random candidates, on which the answers
must be the same. Times are of the processor, the reduction of the database included; the last line is ``ratio: X``,
the plain loop's time per candidate over ours.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms
from pymatgen.core import Structure

from ccdcgan.config.loading import load_config
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.matching import find_matches
from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.prototypes.substitution import substitute_prototypes

CONFIG = load_config(Path(__file__).parents[2] / "config/config.yaml")


def disturbed(atoms: Atoms, rattle: float, strain: float, rng: np.random.Generator) -> Structure:
    """A copy, strained and displaced by random amounts up to the given ones."""
    copy = atoms.copy()
    tensor = rng.uniform(-strain, strain, (3, 3))
    copy.set_cell(copy.cell.array @ (np.eye(3) + (tensor + tensor.T) / 2), scale_atoms=True)
    copy.positions += rng.normal(scale=rng.uniform(0, rattle), size=copy.positions.shape)
    return to_pymatgen(copy)


def plain(structures: Sequence[Structure], known: Sequence[Structure]) -> list[int | None]:
    """As one would write it first."""
    fit = matcher(CONFIG.matching).fit
    buckets = defaultdict(list)
    for index, entry in enumerate(known):
        buckets[entry.composition.reduced_formula].append((index, entry))
    return [
        next((index for index, entry in buckets[one.composition.reduced_formula] if fit(entry, one)), None)
        for one in structures
    ]


def main(candidates: int = 2000, database: int = 5000, asked: int = 40) -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    section = CONFIG.prototypes.model_copy(update={"sample": 10**6})
    prototypes = substitute_prototypes(section, CONFIG.system, CONFIG.matching, seed=0).structures
    half = rng.permutation(len(prototypes))[: len(prototypes) // 2]
    known = [disturbed(prototypes[index], 0.1, 0.01, rng) for index in rng.choice(half, database)]
    every = [disturbed(prototypes[index], 0.3, 0.03, rng) for index in rng.integers(len(prototypes), size=candidates)]

    start = time.process_time()
    ours = find_matches(every, known, CONFIG.matching)
    quick = (time.process_time() - start) / candidates
    found = sum(match is not None for match in ours)
    print(
        f"ours: {1e3 * quick:.1f} ms per candidate of {candidates}, {found} of them among {database} known structures"
    )

    chosen = rng.choice(candidates, min(asked, candidates), replace=False)
    start = time.process_time()
    theirs = plain([every[index] for index in chosen], known)
    slow = (time.process_time() - start) / len(chosen)
    print(f"plain: {1e3 * slow:.1f} ms per candidate of {len(chosen)}")
    assert [ours[index] for index in chosen] == theirs
    print(f"ratio: {slow / quick:.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
