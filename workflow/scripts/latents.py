"""Draw one batch of crystal graphs from those that the GANs learn from, with noise, and predict their energies."""

from ccdcgan.crystals.structures import read_table
from ccdcgan.database.hull import stability_weights
from ccdcgan.generators.generation import noisy_graphs
from ccdcgan.networks.saving import load
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import read_graphs, write_graphs
from ccdcgan.runs.script import start

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
