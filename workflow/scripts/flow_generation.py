"""Sample one batch of crystal graphs from the flow, and let the constraint predict their formation energies."""

from ccdcgan.generators.flow import Sampler, load_flow
from ccdcgan.generators.generation import generate
from ccdcgan.networks.saving import load
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import write_graphs
from ccdcgan.runs.script import start

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
first, count = params.numbers
crystals = generate(
    Sampler(load_flow(snakemake.input.flow), params.asked, guidance=params.guidance, steps=params.steps),
    load(snakemake.input.constraint),
    snakemake.wildcards.model,
    start=first,
    count=count,
    seed=params.seed,
    best_of=params.best_of,
)
write_graphs(snakemake.output[0], crystals)
