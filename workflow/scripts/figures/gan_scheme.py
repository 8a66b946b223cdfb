"""Draw how a generator is trained, and what the constraint does."""

from ccdcgan.figures.schemes import gan_scheme
from ccdcgan.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
gan_scheme(
    files.graphs, files.generated, snakemake.output[0], tolerance=params.get("tolerance"), weight=params.get("weight")
)
