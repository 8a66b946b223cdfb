"""Draw formation energies against composition: database, DCGAN, DCGAN + constraint."""

from pathlib import Path

from ccdcgan.figures.hull import hull_scatter
from ccdcgan.script import start

snakemake = start(globals())
candidates = {Path(path).stem: path for path in snakemake.input.candidates}
hull_scatter(snakemake.input.database, candidates, snakemake.params.system, snakemake.output[0])
