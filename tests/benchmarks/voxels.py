"""Drawing sites voxels as outer products, against the distance of every grid point from every atom.

Run with ``python tests/benchmarks/voxels.py``. Prints voxels per second of both at the paper's grid, and the rate of
drawing against reading from the HDF5 file; the last line is ``ratio: X``, outer products over distances.
"""

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from ccdcgan.config.voxels import Voxels
from ccdcgan.representation.voxels.sites import sites_voxel
from ccdcgan.representation.voxels.storage import VoxelFile, voxelize

VOXELS = Voxels(sites_grid=64, sites_box=15.0, sites_sigma=0.26, lattice_grid=32, lattice_sigma=1.0)
ATOMS = 10  # of one element: half of the largest cell
EDGE = 8.4  # angstrom: about 30 angstrom^3 per atom


def by_distances(positions: np.ndarray, voxels: Voxels) -> np.ndarray:
    """Eq. (4) as it stands: for each atom the distance to every grid point, one Gaussian of it, and their sum."""
    axis = (np.arange(voxels.sites_grid) - (voxels.sites_grid - 1) / 2) * voxels.sites_box / voxels.sites_grid
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    density = np.zeros(points.shape[:3])
    for atom in positions:
        distance = np.linalg.norm(points - atom, axis=-1)
        density += np.exp(-(distance**2) / (2 * voxels.sites_sigma**2))
    return density.astype(np.float32)


def rate(call: Callable[[Any], Any], items: Iterable[Any], repeats: int = 5) -> float:
    """Calls per second, the best of some rounds."""
    arguments = list(items)
    call(arguments[0])
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        for argument in arguments:
            call(argument)
        seconds.append(time.perf_counter() - start)
    return len(arguments) / min(seconds)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    crystals = [
        Atoms(
            ["Bi"] * ATOMS + ["Se"] * ATOMS,
            cell=[EDGE] * 3,
            scaled_positions=rng.random((2 * ATOMS, 3)),
            pbc=True,
            info={"id": str(number)},
        )
        for number in range(20)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voxels.h5"
        start = time.perf_counter()
        voxelize(crystals, ["Bi", "Se"], VOXELS, path)
        seconds = time.perf_counter() - start
        size = path.stat().st_size / len(crystals) / 1e3
        print(f"voxelize: {len(crystals) / seconds:.0f} crystals/s, {size:.0f} kB each")
        with VoxelFile(path) as file:
            clusters = [file.cluster(index) for index in range(len(file))]
            read = 2 * rate(file.sites, range(len(file)))
    atoms = [positions for found in clusters for positions in found.positions]
    drawn = rate(lambda positions: sites_voxel(positions, VOXELS), atoms)
    print(f"reading from HDF5: {read:.0f} voxels/s, drawing: {drawn:.0f} voxels/s, ratio {drawn / read:.1f}")

    slow = rate(lambda positions: by_distances(positions, VOXELS), atoms[:3], repeats=2)
    difference = max(np.abs(sites_voxel(one, VOXELS) - by_distances(one, VOXELS)).max() for one in atoms[:3])
    print(f"outer products: {drawn:.0f} voxels/s, distances: {slow:.1f} voxels/s, largest difference {difference:.1e}")
    print(f"ratio: {drawn / slow:.0f}")


if __name__ == "__main__":
    main()
