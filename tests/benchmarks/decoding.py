"""Time and memory of decoding: milliseconds per crystal graph, and peak memory for a few and for many.

Run ``python tests/benchmarks/decoding.py results/bi-se [graphs]``: the graphs that the run generated, over and over,
go through its own autoencoders as in one job; networks and read-out are timed apart. The last line is the time that two
cores may take for 13,000 graphs as published, 15 minutes, over the time that they would take.
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np

from ccdcgan.config.loading import load_config
from ccdcgan.crystals.structures import Rejected
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.representation.decoding import load_codec

PAPER = 13_000
ALLOWED = 15 * 60
"""Seconds that two cores may take for these."""
ROOT = Path(__file__).parents[2]


def megabytes() -> float:
    """Peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Decode a tenth of the graphs, then all of them."""
    run, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    config = load_config(ROOT / "config/config.yaml")
    configure(seed=0, threads=1)
    codec = load_codec(*(run / f"autoencoders/none/{kind}.keras" for kind in ("lattice", "sites")), config.voxels)
    files = sorted(run.glob("generation/*/*.h5"))
    graphs = np.concatenate([read_graphs(path).graphs for path in files])
    print(f"{len(graphs)} graphs from {len(files)} files, decoded over and over")
    for size in (count // 10, count):
        start = time.process_time()
        drawing = decoded = 0.0
        voxels = codec.draw(np.resize(graphs, (size, *graphs.shape[1:])), len(config.system))
        for _ in range(size):
            before = time.process_time()
            pair = next(voxels)
            drawing += time.process_time() - before
            decoded += not isinstance(codec.read(*pair, config.system, config.decoding), Rejected)
        seconds = time.process_time() - start
        print(
            f"{size} graphs: {1000 * seconds / size:.1f} ms each ({1000 * drawing / size:.1f} of them the networks), "
            f"{decoded / size:.0%} decoded, peak memory {megabytes():.0f} MB"
        )
    print(f"{PAPER:,} graphs on two cores: {PAPER * seconds / size / 2 / 60:.1f} min")
    print(f"ratio: {ALLOWED / (PAPER * seconds / size / 2):.2f}")


if __name__ == "__main__":
    main()
