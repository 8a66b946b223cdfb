"""Draw which crystals do not survive the autoencoders."""

from ccdcgan.figures.reconstruction import reconstruction
from ccdcgan.script import start

snakemake = start(globals())
reconstruction(*snakemake.input, snakemake.output[0])
