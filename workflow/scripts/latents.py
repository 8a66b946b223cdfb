"""Draw one batch of crystal graphs from those that the GANs learn from, with noise, and predict their energies."""

import keras

from ccdcgan.generation import noisy_graphs
from ccdcgan.graphs import CrystalGraphs, read_graphs, write_graphs
from ccdcgan.hull import stability_weights
from ccdcgan.networks import load
from ccdcgan.script import start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
first, count = params.numbers
known, name = read_graphs(snakemake.input.graphs), snakemake.wildcards.latents
weights = stability_weights(read_table(snakemake.input.table), known.ids, params.temperature[name])
names, graphs = noisy_graphs(
    known.graphs, weights, name=name, start=first, count=count, noise=params.noise, seed=params.seed
)
predicted = keras.ops.convert_to_numpy(load(snakemake.input.constraint)(graphs[..., None], training=False))[:, 0]
crystals = CrystalGraphs(names, graphs, predicted, {"model": name, "seed": params.seed})
write_graphs(snakemake.output[0], crystals)
