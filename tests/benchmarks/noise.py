"""Crystals read back from noisy voxels: our read-out against the one that the paper describes.

Run with ``python tests/benchmarks/noise.py [--count N]``. The crystals are spread evenly over those of
``roundtrip.py``; Gaussian noise is added to every point of all voxels, the same for all read-outs. The paper names an
image filter for the sites and calls the lattice voxel's inverse trivial. Read so: atoms are the highest points of the
grid, and each edge and each angle follows from one point of the lattice voxel, either the outermost one above the cut
of 0.02 or, kinder to it, the one where noise matters least. Atoms count from the threshold of the default config in
all of them, and the imaging is ours. Prints a markdown table of the fraction that StructureMatcher finds
again; the last line is ``ratio: X``, ours over the kinder description at a noise of 0.03 on the paper's grids.
"""

import argparse
from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from ase import Atoms
from pymatgen.core import Lattice, Structure
from roundtrip import CONFIG, GRIDS, collect, draw, system_of
from roundtrip import COUNT as EVERYTHING
from scipy.ndimage import gaussian_filter, maximum_filter

from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import Rejected, to_pymatgen
from ccdcgan.representation.voxels.crystal import decode
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import read_lattice

NOISE = (0.0, 0.01, 0.03, 0.05)
COUNT = 240
SMOOTHING = 0.15  # of the image filter, in voxels
CUT = 0.02  # lower values of a lattice voxel are background
STEEPEST = np.exp(-0.5)  # the value, at a distance of sigma, where noise moves the distance least

Reading = dict[str, Callable[[], Structure]]


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
    steps = np.arange(voxels.lattice_grid // 2)

    def square(*direction: int) -> float:
        line = voxel[tuple(voxels.lattice_grid // 2 + steps * part for part in direction)]
        step = choose(line)
        return -2 * voxels.lattice_sigma**2 * np.log(np.clip(line[step], 1e-9, 1)) * (voxels.lattice_grid / step) ** 2

    edges = [square(1, 0, 0), square(0, 1, 0), square(0, 0, 1)]
    metric = np.diag(edges)
    for (i, j), diagonal in {(1, 2): square(0, 1, 1), (0, 2): square(1, 0, 1), (0, 1): square(1, 1, 0)}.items():
        metric[i, j] = metric[j, i] = (diagonal - edges[i] - edges[j]) / 2
    return Lattice(np.linalg.cholesky(metric))


def steepest(line: np.ndarray) -> int:
    """The point of a line from the centre where noise matters least."""
    return 1 + int(np.abs(line[1:] - STEEPEST).argmin())


def outermost(line: np.ndarray) -> int:
    """The point of a line from the centre before the first one under the cut."""
    below = np.nonzero(line[1:] < CUT)[0]
    return max(int(below[0]) if len(below) else len(line) - 1, 1)


def assemble(atoms: list[np.ndarray], lattice: Lattice, system: list[str]) -> Structure:
    """The crystal; images of one atom and nearer pairs are merged as the workflow does."""
    if sum(map(len, atoms)) > CONFIG.decoding.max_atoms:
        raise ValueError("too many atoms")
    sites = []
    for symbol, positions in zip(system, atoms, strict=True):
        images = Structure(lattice, [symbol] * len(positions), positions, coords_are_cartesian=True, to_unit_cell=True)
        sites += images.merge_sites(CONFIG.decoding.min_distance, mode="delete") if len(positions) else []
    return Structure.from_sites(sites)


def read_outs(
    sites: np.ndarray, lattice: np.ndarray, centred: np.ndarray, system: list[str], voxels: Voxels
) -> Reading:
    """Name of each read-out, and a function that gives its crystal; `centred` is the lattice voxel of the described."""
    points = highest_points(sites, voxels)
    return {
        "ours": lambda: decode(sites, lattice, system, voxels, CONFIG.decoding),
        "highest points, our lattice": lambda: assemble(points, Lattice(read_lattice(lattice, voxels)), system),
        "described, steepest point": lambda: assemble(points, single_points(centred, voxels, steepest), system),
        "described, outermost point": lambda: assemble(points, single_points(centred, voxels, outermost), system),
    }


def recovered(crystals: Sequence[Atoms], voxels: Voxels, noise: float) -> dict[str, list[bool]]:
    """Which crystals each read-out finds again; those outside the box are left out."""
    fit = matcher(CONFIG.matching)
    found: dict[str, list[bool]] = {}
    for number, atoms in enumerate(crystals):
        system, rng = system_of(atoms), np.random.default_rng(number)
        try:
            inside = cluster(atoms, system, voxels)
        except Rejected:
            continue
        sites, lattice = draw(inside, voxels)
        sites = sites + noise * rng.standard_normal(sites.shape, dtype=np.float32)
        errors = noise * rng.standard_normal(lattice.shape, dtype=np.float32)
        centred = centred_lattice_voxel(inside.cell, voxels) + errors
        for name, read in read_outs(sites, lattice + errors, centred, system, voxels).items():
            try:
                back = read()
                matched = len(back) == len(atoms) and fit.fit(to_pymatgen(atoms), back)
            except (Rejected, ValueError):
                matched = False
            found.setdefault(name, []).append(bool(matched))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=COUNT, help="number of crystals")
    everything = collect(EVERYTHING)
    crystals = everything[:: ceil(len(everything) / parser.parse_args().count)]
    print(f"every {ceil(len(everything) / len(crystals))}th crystal of {len(everything)}\n")
    ratio = 0.0
    for name, voxels in GRIDS.items():
        for noise in NOISE:
            found = recovered(crystals, voxels, noise)
            if (name, noise) == ("default", 0.0):
                print(f"| grids | noise | n | {' | '.join(found)} |")
                print(f"|{'---|' * (3 + len(found))}")
            cells = [f"{np.mean(each):.1%}" for each in found.values()]
            print(f"| {name} | {noise:g} | {len(found['ours'])} | {' | '.join(cells)} |", flush=True)
            if (name, noise) == ("paper", 0.03):
                ratio = sum(found["ours"]) / max(sum(found["described, steepest point"]), 1)
    print(f"ratio: {ratio:.2f}")


if __name__ == "__main__":
    main()
