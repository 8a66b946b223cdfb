"""Show how the constraint shrinks the populated region of the latent space."""

from ccdcgan.figures.movie import movie
from ccdcgan.script import start

snakemake = start(globals())
movie(snakemake.input.graphs, snakemake.input.generated, snakemake.output[0], model="dcgan")
