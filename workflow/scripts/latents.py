"""Draw one batch of crystal graphs from those that the GANs learn from, with noise, and predict their energies."""

import keras

from ccdcgan.generation import noisy_graphs
from ccdcgan.graphs import CrystalGraphs, read_graphs, write_graphs
from ccdcgan.networks import load
from ccdcgan.script import start
from ccdcgan.training import configure

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
first, count = params.numbers
known = read_graphs(snakemake.input.graphs).graphs
names, graphs = noisy_graphs(known, start=first, count=count, noise=params.noise, seed=params.seed)
predicted = keras.ops.convert_to_numpy(load(snakemake.input.constraint)(graphs[..., None], training=False))[:, 0]
crystals = CrystalGraphs(names, graphs, predicted, {"model": "latents", "seed": params.seed})
write_graphs(snakemake.output[0], crystals)
