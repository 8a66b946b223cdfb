"""Voxels for a training step: drawn anew on the fly, against read back from the HDF5 file in shuffled batches.

Run with ``python tests/benchmarks/feeding.py [--crystals N]``, at the paper's grid and the default batch. Prints voxels
per second of reading, of drawing by `sites_voxel` and of drawing by the training itself, with and without augmentation,
and the size of the file for 10,000 crystals. The last line is ``ratio: X``: the training's drawing, augmented, over
reading. All files are in the page cache, which reading from a disk would not be.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from ccdcgan.config.loading import load_config
from ccdcgan.config.voxels import Voxels
from ccdcgan.networks.training import configure
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.representation.autoencoders import _sites_draw
from ccdcgan.representation.voxels.sites import sites_voxel
from ccdcgan.representation.voxels.storage import VoxelFile, voxelize

CONFIG = load_config(Path(__file__).parents[2] / "config/config.yaml")
VOXELS = Voxels(sites_grid=64, sites_box=15.0, sites_sigma=0.26, lattice_grid=32, lattice_sigma=1.0)
CRYSTALS = 240
DATABASE = 10_000


def rate(batch: Callable[[], object], size: int, seconds: float = 5.0) -> float:
    """Voxels per second of one core, of a call that gives a batch of them: the best of three rounds."""
    batch()
    rates = []
    for _ in range(3):
        calls, start = 0, time.process_time()
        while (spent := time.process_time() - start) < seconds / 3:
            batch()
            calls += 1
        rates.append(calls * size / spent)
    return max(rates)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crystals", type=int, default=CRYSTALS, help="number of crystals in the file")
    section = CONFIG.prototypes.model_copy(update={"sample": parser.parse_args().crystals})
    crystals = substitute_prototypes(section, CONFIG.system, CONFIG.matching, CONFIG.seed).structures
    configure(seed=0, threads=1)
    settings = CONFIG.autoencoders.sites
    rng = np.random.default_rng(0)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "voxels.h5"
        start = time.process_time()
        rejected = voxelize(crystals, CONFIG.system, VOXELS, path)
        seconds, size = time.process_time() - start, path.stat().st_size
        with VoxelFile(path) as file:
            count, elements = len(file), len(file.system)
            clusters = [file.cluster(index) for index in range(count)]
            # A crystal's voxels are read together, so half a batch of crystals fills a batch.
            drawn = settings.batch_size // elements
            reading = rate(lambda: [file.sites(row) for row in rng.integers(0, count, drawn)], drawn * elements)
    print(f"file: {count} crystals, {len(rejected)} rejected, written at {count / seconds:.0f} crystals/s")
    print(f"size: {size / count / 1e3:.1f} kB each, {size / count * DATABASE / 1e9:.2f} GB for {DATABASE:,}")

    atoms = [positions for found in clusters for positions in found.positions]
    size = settings.batch_size
    rates = {
        "reading": reading,
        "sites_voxel": rate(
            lambda: [sites_voxel(atoms[row], VOXELS) for row in rng.integers(0, len(atoms), size)], size
        ),
    }
    for name, augment in (("draw of the training, plain", 0.0), ("draw of the training, augmented", 1.0)):
        draw = _sites_draw(clusters, VOXELS, settings.model_copy(update={"augment": augment}))
        random = keras.random.SeedGenerator(0)
        step = tf.function(lambda draw=draw, random=random: draw(random, VOXELS.sites_sigma))
        rates[name] = rate(lambda step=step: step().numpy(), size)
    for name, value in rates.items():
        print(f"{name}: {value:.0f} voxels/s")
    print(f"ratio: {rates['draw of the training, augmented'] / reading:.1f}")


if __name__ == "__main__":
    main()
