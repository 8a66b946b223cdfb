"""Draw predicted against computed formation energies."""

from ccdcgan.figures.parity import parity
from ccdcgan.script import start

snakemake = start(globals())
parity(snakemake.input.predictions, snakemake.input.published, snakemake.output[0])
