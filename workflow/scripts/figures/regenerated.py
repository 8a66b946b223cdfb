"""Draw a left-out structure beside the regenerated one."""

from ccdcgan.figures.found import regenerated
from ccdcgan.script import start

snakemake = start(globals())
files = snakemake.input
regenerated(
    files.table,
    files.database,
    files.database_structures,
    files.candidates,
    files.structures,
    snakemake.params.system,
    snakemake.output[0],
)
