"""Draw what the constraint screens out, by composition."""

from ccdcgan.figures.screening import screening
from ccdcgan.script import start

snakemake = start(globals())
params = snakemake.params
screening(snakemake.input, params.system, snakemake.output[0], variant="dcgan+constraint", tolerance=params.tolerance)
