"""Draw the learning curves of one GAN."""

from ccdcgan.figures.learning import gan_curves
from ccdcgan.script import start

snakemake = start(globals())
gan_curves(snakemake.input.history, snakemake.output[0])
