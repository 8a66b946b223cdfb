"""Sample one batch of crystal graphs, and let the constraint predict their formation energies."""

from ccdcgan.generators.generation import generate
from ccdcgan.networks.saving import load
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import write_graphs
from ccdcgan.runs.script import start

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
first, count = snakemake.params.numbers
crystals = generate(
    load(snakemake.input.generator),
    load(snakemake.input.constraint),
    snakemake.wildcards.model,
    start=first,
    count=count,
    seed=snakemake.params.seed,
    best_of=snakemake.params.best_of,
)
write_graphs(snakemake.output[0], crystals)
