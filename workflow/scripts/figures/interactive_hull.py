"""Write the hull as a page to explore."""

from pathlib import Path

from ccdcgan.figures.interactive import interactive_hull
from ccdcgan.script import start

snakemake = start(globals())
files = snakemake.input
candidates = {Path(path).stem: path for path in files.candidates}
interactive_hull(
    files.database, candidates, files.structures, snakemake.params.system, snakemake.output[0], known=files.known
)
