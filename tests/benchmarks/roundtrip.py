"""Crystals to voxels and back, without a network between: how many return, and how exactly.

Run with ``python tests/benchmarks/roundtrip.py [--count N]``. The crystals are AFLOW prototypes with the elements of
several systems put in: a third as built, a third with displaced atoms, a third displaced and strained. They keep to the
bounds of the paper's database (at most 20 atoms, longest Niggli edge under 10 angstrom) and to what the workflow asks
of a relaxed crystal. Prints a markdown table for the grids of the default run and for the paper's; the last line is
``matched: X``, the smaller fraction of the two.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.cell import Cell
from pymatgen.core import Structure

from ccdcgan.config.loading import load_config
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import Rejected, space_group, to_pymatgen
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.relaxation.checks import check
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.representation.voxels.crystal import decode
from ccdcgan.representation.voxels.imaging import Cluster, cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel

CONFIG = load_config(Path(__file__).parents[2] / "config/config.yaml")
PAPER = Voxels(sites_grid=64, sites_box=15.0, sites_sigma=0.26, lattice_grid=32, lattice_sigma=0.26)
GRIDS = {"default": CONFIG.voxels, "paper": PAPER}
SYSTEMS = ["Bi-Se", "Na-Cl", "Ti-O", "Sb-Te", "Ga-As", "Fe-S"]
COUNT = 2400
MAX_ATOMS = 20
MAX_LENGTH = 10.0  # angstrom
DISPLACEMENT = (0.1, 0.3)  # angstrom; root mean square length, drawn evenly for each crystal
STRAIN = 0.03  # standard deviation of each component
PLAUSIBLE = CONFIG.relaxation.model_copy(update={"min_distance": None, "volume_per_atom": None})
"""Bounds that follow from the elements."""


@dataclass(frozen=True)
class Errors:
    """Of one crystal that matched."""

    position: float
    """Root mean square displacement of its atoms, in angstrom."""
    length: float
    """Largest error of an edge, in percent."""
    angle: float
    """Largest error of an angle, in degrees."""


def collect(count: int, seed: int = 0) -> list[Atoms]:
    """At least as many crystals as asked for, the same number of every system and kind."""
    each = ceil(count / 3 / len(SYSTEMS))
    section = CONFIG.prototypes.model_copy(
        update={"sample": 3 * each, "max_atoms": MAX_ATOMS, "max_length": MAX_LENGTH}
    )
    crystals = []
    for number, name in enumerate(SYSTEMS):
        rng = np.random.default_rng([seed, number])
        built = substitute_prototypes(section, name.split("-"), CONFIG.matching, seed).structures
        for kind, (shaken, strained) in enumerate([(False, False), (True, False), (True, True)]):
            found: list[Atoms] = []
            for atoms in built[kind:] + built[:kind]:
                copy = varied(atoms, shaken, strained, rng)
                if len(found) < each and eligible(copy):
                    copy.info["id"] += f".{kind}"
                    found.append(copy)
            if len(found) < each:
                raise ValueError(f"--count: found {len(found)} eligible crystals of {name}, expected {each}")
            crystals += found
    return crystals


def varied(atoms: Atoms, shaken: bool, strained: bool, rng: np.random.Generator) -> Atoms:
    """A copy, with displaced atoms and another cell if asked for."""
    copy = atoms.copy()
    if strained:
        strain = rng.normal(scale=STRAIN, size=(3, 3))
        copy.set_cell(copy.cell.array @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
    if shaken:
        copy.positions += rng.normal(scale=rng.uniform(*DISPLACEMENT) / np.sqrt(3), size=copy.positions.shape)
    return copy


def eligible(atoms: Atoms) -> bool:
    """Whether a crystal keeps to the bounds of the database."""
    try:
        check(Relaxed(atoms, energy=0.0, steps=0, fmax=0.0), PLAUSIBLE)
    except Rejected:
        return False
    return len(atoms) <= MAX_ATOMS and atoms.cell.niggli_reduce()[0].lengths().max() < MAX_LENGTH


def system_of(atoms: Atoms) -> list[str]:
    """Its elements."""
    return sorted(set(atoms.get_chemical_symbols()))


def draw(found: Cluster, voxels: Voxels) -> tuple[np.ndarray, np.ndarray]:
    """Sites voxels and lattice voxel of a crystal."""
    return np.stack([sites_voxel(atoms, voxels) for atoms in found.positions]), lattice_voxel(found.cell, voxels)


def compare(atoms: Atoms, cell: np.ndarray, back: Structure) -> Errors | None:
    """Errors of a crystal that came back, or None if it does not match."""
    original = to_pymatgen(atoms)
    match = matcher(CONFIG.matching).get_rms_dist(original, back)
    if match is None:
        return None
    # StructureMatcher's unit of length, both cells scaled to their geometric mean.
    unit = (original.volume * back.volume / len(original) / len(back)) ** (1 / 6)
    found, expected = Cell(back.lattice.matrix).cellpar(), Cell(cell).cellpar()
    return Errors(match[0] * unit, 100 * np.abs(found / expected - 1)[:3].max(), np.abs(found - expected)[3:].max())


def round_trip(crystals: Sequence[Atoms], voxels: Voxels) -> Iterator[tuple[Atoms, Errors | Rejected | None]]:
    """Every crystal with what became of it."""
    for atoms in crystals:
        try:
            found = cluster(atoms, system_of(atoms), voxels)
            back = decode(*draw(found, voxels), system_of(atoms), voxels, CONFIG.decoding)
        except Rejected as error:
            yield atoms, error
        else:
            yield atoms, compare(atoms, found.cell, back)


def report(name: str, voxels: Voxels, outcomes: Sequence[tuple[Atoms, Errors | Rejected | None]]) -> float:
    """Print the row of one grid, and name those that failed; the fraction matched of those not rejected."""
    errors = [each for _, each in outcomes if isinstance(each, Errors)]
    rejected = Counter(str(each.reason) for _, each in outcomes if isinstance(each, Rejected))
    n = len(outcomes) - rejected.total()
    position, length, angle = ([getattr(each, key) for each in errors] for key in ("position", "length", "angle"))
    reasons = ", ".join(f"{count} {reason}" for reason, count in rejected.items()) or "none"
    print(
        f"| {name}: {voxels.sites_grid}^3, {voxels.sites_box:g}, {voxels.sites_sigma:g}; "
        f"{voxels.lattice_grid}^3, {voxels.lattice_sigma:g} | {len(outcomes)} | {reasons} | {len(errors)} of {n} "
        f"| {max(position):.2g}, {np.mean(position):.2g} | {max(length):.2g} | {max(angle):.2g} |"
    )
    return len(errors) / n


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT, help="number of crystals")
    crystals = collect(parser.parse_args().count)
    groups = [space_group(atoms) for atoms in crystals]
    print(
        f"{len(crystals)} crystals of {', '.join(SYSTEMS)}: {groups.count(1)} without symmetry (P1), "
        f"{min(map(len, crystals))} to {max(map(len, crystals))} atoms\n"
    )
    print(
        "| grids (sites: points, box and sigma in angstrom; lattice: points, sigma) | n | rejected | matched "
        "| position error, largest and mean (angstrom) | edges (%) | angles (degrees) |"
    )
    print("|---|---|---|---|---|---|---|")
    outcomes = {name: list(round_trip(crystals, voxels)) for name, voxels in GRIDS.items()}
    fractions = [report(name, GRIDS[name], outcome) for name, outcome in outcomes.items()]
    for name, outcome in outcomes.items():
        for atoms, each in outcome:
            if not isinstance(each, Errors):
                print(f"{name}: {atoms.info['id']} {each or 'does not match'}")
    print(f"matched: {min(fractions):.4f}")


if __name__ == "__main__":
    main()
