"""Draw the latent space of database and generated crystal graphs."""

from pathlib import Path

from ccdcgan.figures.latent import latent_space
from ccdcgan.script import start

snakemake = start(globals())
generated: dict[str, list[str]] = {}
for path in snakemake.input.generated:
    generated.setdefault(Path(path).parent.name, []).append(path)
latent_space(snakemake.input.graphs, snakemake.input.table, generated, snakemake.output[0])
