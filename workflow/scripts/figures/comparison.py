"""Put the funnel beside the paper's counts."""

from ccdcgan.figures.comparison import compare
from ccdcgan.script import start

snakemake = start(globals())
compare(snakemake.input.funnel, snakemake.input.published, snakemake.output.page, snakemake.output.table)
