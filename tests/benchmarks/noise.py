"""Crystals read back from noisy voxels: our read-out against the one that the paper describes.

Run with ``python tests/benchmarks/noise.py [--count N]``. The crystals are those of ``roundtrip.py``; Gaussian noise is
added to every point of all voxels, the same for all read-outs. The paper names an image filter for the sites and calls
the lattice voxel's inverse trivial. Read so: atoms are the highest points of the grid, and each edge and each angle
follows from one point of the lattice voxel, either the outermost one above the cut of 0.02 or, kinder to it, the one
where noise matters least. Atoms count from the threshold of the default config in all of them, and imaging is ours: as
described, the paper's would lose crystals before any noise. Prints a markdown table of the fraction that
StructureMatcher finds again; the last line is ``ratio: X``, ours over the kinder description at a noise of 0.03 and the
paper's grids.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from ase.cell import Cell
from pymatgen.core import Lattice, Structure
from roundtrip import CONFIG, GRIDS, collect, draw, system_of
from scipy.ndimage import gaussian_filter, maximum_filter

from ccdcgan.config import Voxels
from ccdcgan.decoding import decode
from ccdcgan.matching import matcher
from ccdcgan.structures import Rejected, to_pymatgen
from ccdcgan.voxels.imaging import cluster
from ccdcgan.voxels.lattice import read_lattice

NOISE = (0.0, 0.01, 0.03, 0.05)
COUNT = 486
SMOOTHING = 0.15  # of the image filter, in voxels
CUT = 0.02  # lower values of a lattice voxel are background
STEEPEST = np.exp(-0.5)  # the value, at a distance of sigma, where noise moves the distance least
MIN_DISTANCE = CONFIG.decoding.min_distance


def ours(sites: np.ndarray, lattice: np.ndarray, system: list[str], voxels: Voxels) -> Structure:
    """The package's."""
    return decode(sites, lattice, system, voxels, CONFIG.decoding)


def grid_points_only(sites: np.ndarray, lattice: np.ndarray, system: list[str], voxels: Voxels) -> Structure:
    """Highest points for the atoms, and our lattice."""
    return assemble(highest_points(sites, voxels), Lattice(read_lattice(lattice, voxels)), system)


def outermost(sites: np.ndarray, centred: np.ndarray, system: list[str], voxels: Voxels) -> Structure:
    """The description, with the outermost point of each line above the cut."""

    def choose(line: np.ndarray) -> int:
        below = np.nonzero(line[1:] < CUT)[0]
        return max(int(below[0]) if len(below) else len(line) - 1, 1)

    return assemble(highest_points(sites, voxels), single_points(centred, voxels, choose), system)


def steepest(sites: np.ndarray, centred: np.ndarray, system: list[str], voxels: Voxels) -> Structure:
    """The description, with the point of each line whose value is nearest to that at a distance of sigma."""
    return assemble(
        highest_points(sites, voxels),
        single_points(centred, voxels, lambda line: 1 + int(np.abs(line[1:] - STEEPEST).argmin())),
        system,
    )


def highest_points(sites: np.ndarray, voxels: Voxels) -> list[np.ndarray]:
    """Points that no neighbour exceeds, for each element, relative to the centre of the box in angstrom."""
    found = []
    for voxel in sites:
        smooth = gaussian_filter(voxel, SMOOTHING)
        summits = (smooth == maximum_filter(smooth, size=3)) & (smooth >= CONFIG.decoding.threshold)
        edge = voxels.sites_box / voxels.sites_grid
        found.append((np.argwhere(summits) - (voxels.sites_grid - 1) / 2) * edge)
    return found


def centred_lattice_voxel(cell: np.ndarray, voxels: Voxels) -> np.ndarray:
    """Eq. (3) on a grid that has a point at the centre of the cell: single points then lie on the axes."""
    axis = (np.arange(voxels.lattice_grid) - voxels.lattice_grid // 2) / voxels.lattice_grid
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    return np.exp(-((points @ cell) ** 2).sum(axis=-1) / (2 * voxels.lattice_sigma**2))


def single_points(voxel: np.ndarray, voxels: Voxels, choose: Callable[[np.ndarray], int]) -> Lattice:
    """Edges from one point on each axis, angles from one on each diagonal of a face; ValueError if they fit no cell."""
    lengths = {}
    steps = np.arange(voxels.lattice_grid // 2)
    for direction in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)]:
        line = voxel[tuple(voxels.lattice_grid // 2 + steps * part for part in direction)]
        step = choose(line)
        distance = np.sqrt(-2 * voxels.lattice_sigma**2 * np.log(np.clip(line[step], 1e-9, 1)))
        lengths[direction] = distance * voxels.lattice_grid / step
    a, b, c, bc, ac, ab = lengths.values()
    cosines = [
        (bc**2 - b**2 - c**2) / (2 * b * c),
        (ac**2 - a**2 - c**2) / (2 * a * c),
        (ab**2 - a**2 - b**2) / (2 * a * b),
    ]
    if not min(a, b, c) > 0.1 or not np.abs(cosines).max() < 1:
        raise ValueError("no cell")
    return Lattice(Cell.fromcellpar([a, b, c, *np.degrees(np.arccos(cosines))]).array)


def assemble(atoms: list[np.ndarray], lattice: Lattice, system: list[str]) -> Structure:
    """The crystal; images of one atom and nearer pairs are merged as the workflow does."""
    if sum(map(len, atoms)) > CONFIG.decoding.max_atoms:
        raise ValueError("too many atoms")
    sites = []
    for symbol, positions in zip(system, atoms, strict=True):
        images = Structure(lattice, [symbol] * len(positions), positions, coords_are_cartesian=True, to_unit_cell=True)
        sites += images.merge_sites(MIN_DISTANCE, mode="delete") if len(positions) else []
    return Structure.from_sites(sites)


READ_OUTS: dict[str, Callable[..., Structure]] = {
    "ours": ours,
    "highest points, our lattice": grid_points_only,
    "described, steepest point": steepest,
    "described, outermost point": outermost,
}
CENTRED = (steepest, outermost)


def recovered(crystals: Sequence, voxels: Voxels, noise: float) -> Counter[str]:
    """How many crystals each read-out finds again."""
    fit = matcher(CONFIG.matching)
    counts: Counter[str] = Counter()
    for number, atoms in enumerate(crystals):
        system = system_of(atoms)
        try:
            found = cluster(atoms, system, voxels)
        except Rejected:
            continue
        sites, lattice = draw(found, voxels)
        rng = np.random.default_rng([number])
        sites = sites + rng.normal(scale=noise, size=sites.shape) if noise else sites
        errors = rng.normal(scale=noise, size=lattice.shape) if noise else 0.0
        for name, read in READ_OUTS.items():
            shown = (centred_lattice_voxel(found.cell, voxels) if read in CENTRED else lattice) + errors
            try:
                back = read(sites, shown, system, voxels)
            except (Rejected, ValueError):
                continue
            counts[name] += len(back) == len(atoms) and fit.fit(to_pymatgen(atoms), back)
        counts["n"] += 1
    return counts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT, help="number of crystals")
    crystals = collect(parser.parse_args().count)
    print(f"| grids | noise | n | {' | '.join(READ_OUTS)} |")
    print(f"|{'---|' * (3 + len(READ_OUTS))}")
    ratio = 0.0
    for name, voxels in GRIDS.items():
        for noise in NOISE:
            counts = recovered(crystals, voxels, noise)
            cells = [f"{100 * counts[each] / counts['n']:.1f}%" for each in READ_OUTS]
            print(f"| {name} | {noise:g} | {counts['n']} | {' | '.join(cells)} |", flush=True)
            if (name, noise) == ("paper", 0.03):
                ratio = counts["ours"] / max(counts["described, steepest point"], 1)
    print(f"ratio: {ratio:.2f}")


if __name__ == "__main__":
    main()
