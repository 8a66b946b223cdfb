"""Draw the distributions of formation energies, database against generated."""

from pathlib import Path

from ccdcgan.figures.distributions import distributions
from ccdcgan.script import start

snakemake = start(globals())
candidates = {Path(path).stem: path for path in snakemake.input.candidates}
distributions(snakemake.input.database, candidates, snakemake.output[0])
