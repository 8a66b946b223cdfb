"""Write the page of the best candidates."""

from ccdcgan.figures.candidates import candidates_page
from ccdcgan.script import start

snakemake = start(globals())
candidates_page(snakemake.input[0], snakemake.output[0], best=snakemake.params.best)
