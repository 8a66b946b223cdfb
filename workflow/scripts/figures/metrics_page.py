"""Write the page of the metrics."""

from ccdcgan.figures.metrics import metrics_page
from ccdcgan.script import start

snakemake = start(globals())
metrics_page(snakemake.input[0], snakemake.output[0])
