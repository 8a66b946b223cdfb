"""Draw formation energies against composition: database, CCDCGAN and its best new structures."""

from pathlib import Path

from ccdcgan.figures.hull import hull_with_best
from ccdcgan.script import start

snakemake = start(globals())
files = snakemake.input
candidates = {Path(path).stem: path for path in files.candidates}
hull_with_best(
    files.database,
    candidates,
    files.structures,
    snakemake.params.system,
    snakemake.output[0],
    known=files.known,
    generated=snakemake.params.generated,
)
