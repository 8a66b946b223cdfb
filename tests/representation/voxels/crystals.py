"""Varied crystals, grids and noise for the tests of voxels and decoding."""

from functools import cache

import numpy as np
from ase import Atoms
from ase.cell import Cell
from ase.spacegroup import crystal
from pymatgen.core import Lattice

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.voxels import Voxels
from ccdcgan.representation.voxels.sites import find_peaks, fit_peaks

SYSTEM = ["Bi", "Se"]
LAPTOP = Voxels(sites_grid=32, sites_box=12.0, sites_sigma=0.4, lattice_grid=32, lattice_sigma=1.0)
PAPER = Voxels(sites_grid=64, sites_box=15.0, sites_sigma=0.26, lattice_grid=32, lattice_sigma=0.26)
DECODING = Decoding(threshold=0.3, min_distance=0.5, max_atoms=40, max_volume_ratio=3.0)

# Elementary changes of lattice vectors: one is added to, or taken from, another.
PAIRS = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
STEPS = [np.eye(3) + sign * np.outer(np.eye(3)[i], np.eye(3)[j]) for i, j in PAIRS for sign in (1, -1)]

VOLUME_PER_ATOM = 30.0  # angstrom^3
MIN_DISTANCE = 2.2  # angstrom

# Space group, cell (lengths only as ratios) and positions of the two species; all are rescaled.
PROTOTYPES: dict[str, tuple[int, list[float], list[tuple[float, float, float]], str]] = {
    "rocksalt": (225, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0.5, 0.5, 0.5)], "AB"),
    "caesium chloride": (221, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0.5, 0.5, 0.5)], "AB"),
    "zincblende": (216, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0.25, 0.25, 0.25)], "AB"),
    "fluorite": (225, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0.25, 0.25, 0.25)], "AB"),
    "copper gold": (221, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0, 0.5, 0.5)], "AB"),
    "A15": (223, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0.25, 0, 0.5)], "AB"),
    "pyrite": (205, [1, 1, 1, 90, 90, 90], [(0, 0, 0), (0.385, 0.385, 0.385)], "AB"),
    "skutterudite": (204, [1, 1, 1, 90, 90, 90], [(0.25, 0.25, 0.25), (0, 0.335, 0.158)], "AB"),
    "rutile": (136, [1, 1, 0.644, 90, 90, 90], [(0, 0, 0), (0.305, 0.305, 0)], "AB"),
    "lead oxide": (129, [1, 1, 1.26, 90, 90, 90], [(0, 0, 0), (0, 0.5, 0.234)], "AB"),
    "marcasite": (58, [1, 1.22, 0.762, 90, 90, 90], [(0, 0, 0), (0.2, 0.378, 0)], "AB"),
    "manganese phosphide": (62, [1, 0.6, 1.1, 90, 90, 90], [(0.005, 0.25, 0.19), (0.18, 0.25, 0.57)], "AB"),
    "wurtzite": (186, [1, 1, 1.633, 90, 90, 120], [(1 / 3, 2 / 3, 0), (1 / 3, 2 / 3, 0.375)], "AB"),
    "nickel arsenide": (194, [1, 1, 1.4, 90, 90, 120], [(0, 0, 0), (1 / 3, 2 / 3, 0.25)], "AB"),
    "aluminium boride": (191, [1, 1, 1.08, 90, 90, 120], [(0, 0, 0), (1 / 3, 2 / 3, 0.5)], "AB"),
    "cadmium iodide": (164, [1, 1, 1.6, 90, 90, 120], [(0, 0, 0), (1 / 3, 2 / 3, 0.25)], "AB"),
    "quartz": (154, [1, 1, 1.1, 90, 90, 120], [(0.47, 0, 2 / 3), (0.413, 0.266, 0.786)], "AB"),
    "tetradymite": (166, [1, 1, 6.91, 90, 90, 120], [(0, 0, 0.4), (0, 0, 0), (0, 0, 0.211)], "ABB"),
    "baddeleyite": (14, [1, 1.01, 1.03, 90, 99.2, 90], [(0.275, 0.04, 0.208), (0.07, 0.33, 0.345)], "AB"),
}


def prototype(name: str, elements: tuple[str, str] = ("Bi", "Se")) -> Atoms:
    """A named structure in its primitive cell, with no contact below 2.2 angstrom."""
    group, cell, positions, species = PROTOTYPES[name]
    symbols = [elements[0] if letter == "A" else elements[1] for letter in species]
    atoms = crystal(
        symbols, positions, spacegroup=group, cellpar=[*np.multiply(cell[:3], 5), *cell[3:]], primitive_cell=True
    )
    lattice = Lattice(atoms.cell.array)
    fractional = atoms.get_scaled_positions()
    distances = lattice.get_all_distances(fractional, fractional)
    np.fill_diagonal(distances, np.inf)
    scale = max((VOLUME_PER_ATOM * len(atoms) / lattice.volume) ** (1 / 3), MIN_DISTANCE / distances.min())
    atoms.set_cell(atoms.cell * scale, scale_atoms=True)
    return Atoms(
        atoms.symbols, cell=atoms.cell, positions=atoms.positions, pbc=True, info={"id": f"{name} {elements[0]}"}
    )


def random_crystal(seed: int) -> Atoms:
    """Two to twenty atoms at random places of a random cell; the seven crystal systems take turns."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 21))
    while True:
        lattice = _random_lattice(rng, seed % 7, count)
        reduced = Cell(lattice.matrix).niggli_reduce()[0].lengths()
        if reduced.min() > 2.3 and reduced.max() < 10:
            fractional = _random_positions(rng, lattice, count)
            if len(fractional) == count:
                break
    first = int(rng.integers(1, count))
    symbols = ["Bi"] * first + ["Se"] * (count - first)
    return Atoms(symbols, cell=lattice.matrix, scaled_positions=fractional, pbc=True, info={"id": f"random {seed}"})


def _random_lattice(rng: np.random.Generator, system: int, count: int) -> Lattice:
    a, b, c = np.exp(rng.normal(scale=0.25, size=3))
    while True:
        alpha, beta, gamma = rng.uniform(65, 115, 3)
        parameters = [
            (a, a, a, 90, 90, 90),
            (a, a, c, 90, 90, 90),
            (a, b, c, 90, 90, 90),
            (a, a, c, 90, 90, 120),
            (a, a, a, alpha, alpha, alpha),
            (a, b, c, 90, beta, 90),
            (a, b, c, alpha, beta, gamma),
        ][system]
        lattice = Lattice.from_parameters(*parameters)
        if lattice.volume > 0.3 * a * b * c or system < 4:
            return lattice.scale(VOLUME_PER_ATOM * count)


def _random_positions(rng: np.random.Generator, lattice: Lattice, count: int) -> np.ndarray:
    """Random sequential addition with contacts of at least 2.2 angstrom; fewer than asked if none fits any more."""
    positions = rng.random((1, 3))
    for _ in range(1000):
        trial = rng.random((1, 3))
        if len(positions) < count and lattice.get_all_distances(positions, trial).min() >= MIN_DISTANCE:
            positions = np.vstack([positions, trial])
    return positions


@cache
def varied() -> list[Atoms]:
    """108 crystals: every prototype with both assignments of elements, and 70 random ones."""
    named = [prototype(name, pair) for name in PROTOTYPES for pair in (("Bi", "Se"), ("Se", "Bi"))]
    return named + [random_crystal(seed) for seed in range(70)]


def read_sites(voxel: np.ndarray, voxels: Voxels, threshold: float) -> np.ndarray:
    """Positions of the atoms in a sites voxel, as decoding reads them."""
    return fit_peaks(voxel, voxels, find_peaks(voxel, voxels, threshold), threshold)
