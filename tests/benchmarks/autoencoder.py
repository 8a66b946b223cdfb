"""Voxels per CPU second of the sites autoencoder's training, against a plain loop and what the arithmetic allows.

The plain loop reads batches from the HDF5 artifact and calls ``train_on_batch`` for each. The bound is the number of
multiplications of the convolutions, three times over (forward, and backward to inputs and to weights), at the rate of a
large matrix product on the same thread. Run ``python tests/benchmarks/autoencoder.py [steps]``; the last line is our
rate over the plain loop's, both with the batch size of the default configuration.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ccdcgan.config.autoencoders import Autoencoder
from ccdcgan.config.configuration import Config
from ccdcgan.config.loading import load_config
from ccdcgan.networks import training
from ccdcgan.networks.training import configure
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.representation.autoencoders import autoencoder, train_autoencoder
from ccdcgan.representation.voxels.storage import VoxelFile, voxelize

ROOT = Path(__file__).parents[2]
BATCH_SIZES = (4, 8, 16, 32)
WARM_UP = 20


def multiplications(model: keras.Model) -> int:
    """Of one voxel's way through the convolutions."""
    total = 0
    for part in ("encoder", "decoder"):
        for layer in model.get_layer(part).layers:
            if isinstance(layer, keras.layers.Conv3DTranspose):
                total += int(np.prod(layer.input.shape[1:4])) * int(np.prod(layer.kernel.shape))
            elif isinstance(layer, keras.layers.Conv3D):
                total += int(np.prod(layer.output.shape[1:4])) * int(np.prod(layer.kernel.shape))
    return total


def matrix_product_rate(edge: int = 2000) -> float:
    """Multiplications (each with its addition) per second of a product of float32 matrices."""
    one, other = (np.random.default_rng(0).random((edge, edge), dtype=np.float32) for _ in range(2))
    _ = one @ other
    start = time.process_time()
    for _ in range(3):
        _ = one @ other
    return 3 * edge**3 / (time.process_time() - start)


def ours(path: Path, split: pd.Series, settings: Autoencoder, steps: int) -> float:
    """Voxels per second; the time of a short training, most of it tracing, is taken off."""

    def seconds(count: int) -> float:
        start = time.process_time()
        train_autoencoder("sites", path, split, settings.model_copy(update={"steps": count}), seed=0)
        return time.process_time() - start

    return steps * settings.batch_size / (seconds(WARM_UP + steps) - seconds(WARM_UP))


def plain(path: Path, config: Config, steps: int) -> float:
    """Voxels per second of ``train_on_batch`` on shuffled batches from the file."""
    settings = config.autoencoders.sites
    model = autoencoder("sites", settings, config.voxels)
    model.compile(keras.optimizers.Adam(settings.learning_rate), "mse", jit_compile=False)
    random = np.random.default_rng(0)
    with VoxelFile(path) as file:

        def step() -> None:
            rows = random.integers(0, len(file.ids), settings.batch_size)
            batch = np.stack([file.sites(row)[random.integers(len(file.system))] for row in rows])[..., None]
            model.train_on_batch(batch, batch)

        for _ in range(3):
            step()
        start = time.process_time()
        for _ in range(steps):
            step()
        return steps * settings.batch_size / (time.process_time() - start)


def main(arguments: Sequence[str]) -> None:
    """Print the rates, and their ratio."""
    steps = int(arguments[0]) if arguments else 60
    configure(seed=0, threads=1)
    config = load_config(ROOT / "config/config.yaml")
    settings = config.autoencoders.sites
    prototypes = config.prototypes.model_copy(update={"sample": 60, "max_atoms": 8})
    structures = substitute_prototypes(prototypes, config.system, config.matching, seed=0).structures
    split = pd.Series({atoms.info["id"]: "train" for atoms in structures})
    split.iloc[:5] = "held_out"
    count = multiplications(autoencoder("sites", settings, config.voxels))
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        path = Path(folder) / "voxels.h5"
        voxelize(structures, config.system, config.voxels, path)
        bound = matrix_product_rate() / (3 * count)
        print(f"{count / 1e6:.1f} million multiplications a voxel; the bound is {bound:.0f} voxels/s")
        rates = {}
        for size in BATCH_SIZES:
            rates[size] = ours(path, split, settings.model_copy(update={"batch_size": size}), steps)
            print(f"ours, batches of {size}: {rates[size]:.0f} voxels/s, {rates[size] / bound:.0%} of the bound")
        default = rates.get(settings.batch_size) or ours(path, split, settings, steps)
        execution = training._execution
        for name, policy, compiled in (("XLA", "float32", True), ("bfloat16", "mixed_bfloat16", False)):
            keras.config.set_dtype_policy(policy)
            training._execution = lambda calls, compiled=compiled: execution(calls) | {"jit_compile": compiled}
            print(f"ours with {name}: {ours(path, split, settings, steps):.0f} voxels/s")
        keras.config.set_dtype_policy("float32")
        loop = plain(path, config, steps)
    print(f"plain loop: {loop:.0f} voxels/s")
    print(f"ratio: {default / loop:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
