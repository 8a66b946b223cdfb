"""Draw one of the best new structures of a model."""

from ccdcgan.figures.found import new_structure
from ccdcgan.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
new_structure(files.candidates, files.structures, params.system, snakemake.output[0], rank=params.rank)
