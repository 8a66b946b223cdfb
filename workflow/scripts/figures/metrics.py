"""Draw the metrics with their intervals."""

from ccdcgan.figures.metrics import metrics_figure
from ccdcgan.script import start

snakemake = start(globals())
metrics_figure(snakemake.input[0], snakemake.output[0])
