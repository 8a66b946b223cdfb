"""Draw formation energies against composition: database, DCGAN, DCGAN + constraint."""

from pathlib import Path

from ccdcgan.figures.hull import hull_scatter
from ccdcgan.script import start

snakemake = start(globals())
files = snakemake.input
candidates = {Path(path).stem: path for path in files.candidates}
hull_scatter(files.database, candidates, snakemake.params.system, snakemake.output[0], known=files.known)
