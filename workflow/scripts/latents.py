"""Draw one batch of crystal graphs from those that the GANs learn from, with noise, and predict their energies."""

from ccdcgan.generation import noisy_graphs
from ccdcgan.graphs import read_graphs, write_graphs
from ccdcgan.hull import stability_weights
from ccdcgan.networks import load
from ccdcgan.script import start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
first, count = params.numbers
known = read_graphs(snakemake.input.graphs)
crystals = noisy_graphs(
    known.graphs,
    stability_weights(read_table(snakemake.input.table), known.ids, params.temperature),
    load(snakemake.input.constraint),
    snakemake.wildcards.model,
    start=first,
    count=count,
    noise=params.noise,
    seed=params.seed,
    best_of=params.best_of,
)
write_graphs(snakemake.output[0], crystals)
