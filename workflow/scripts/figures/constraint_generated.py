"""Draw the constraint's predictions for generated crystals against their energies after relaxation."""

from pathlib import Path

from ccdcgan.figures.parity import generated_parity
from ccdcgan.script import start

snakemake = start(globals())
generated_parity({Path(path).stem: path for path in snakemake.input}, snakemake.output[0])
