"""Sample one batch of crystal graphs, and let the constraint predict their formation energies."""

import keras
from ccdcgan.generation import generate
from ccdcgan.graphs import write_graphs
from ccdcgan.script import start
from ccdcgan.training import configure

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
first, count = snakemake.params.numbers
crystals = generate(
    keras.saving.load_model(snakemake.input.generator),
    keras.saving.load_model(snakemake.input.constraint),
    snakemake.wildcards.model,
    start=first,
    count=count,
    seed=snakemake.params.seed,
)
write_graphs(snakemake.output[0], crystals)
