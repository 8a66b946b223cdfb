"""Draw the way from crystal to 2D crystal graph and back."""

from ccdcgan.figures.schemes import representation_scheme
from ccdcgan.script import start

snakemake = start(globals())
files = snakemake.input
representation_scheme(
    files.structures, files.table, files.voxels, files.graphs, snakemake.output[0], latents=snakemake.params.latents
)
