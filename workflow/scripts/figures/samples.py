"""Write the page of the known phases that came back from many graphs."""

from ccdcgan.figures.samples import samples_page
from ccdcgan.script import start

snakemake = start(globals())
samples_page(snakemake.input[0], snakemake.output[0])
