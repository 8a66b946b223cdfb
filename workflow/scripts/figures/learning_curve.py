"""Draw the learning curve of one network."""

from ccdcgan.figures.learning import learning_curve
from ccdcgan.script import start

snakemake = start(globals())
learning_curve(snakemake.input.history, snakemake.output[0], loss=snakemake.params.loss)
