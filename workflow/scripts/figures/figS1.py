"""Draw which known phases the selection of prototypes keeps."""

from ccdcgan.figures.selection import selection
from ccdcgan.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
selection(
    files.structures,
    files.table,
    files.published,
    snakemake.output[0],
    max_atoms=params.max_atoms,
    max_length=params.max_length,
)
