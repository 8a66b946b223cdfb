"""Draw stability against variety over the weight of the formation energy."""

from ccdcgan.figures.omega import omega
from ccdcgan.script import start

snakemake = start(globals())
omega(snakemake.input[0], snakemake.output[0])
