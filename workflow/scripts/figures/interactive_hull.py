"""Write the hull as a page to explore."""

from pathlib import Path

from ccdcgan.figures.interactive import interactive_hull
from ccdcgan.script import start

snakemake = start(globals())
candidates = {Path(path).stem: path for path in snakemake.input.candidates}
interactive_hull(snakemake.input.database, candidates, snakemake.params.system, snakemake.output[0])
