"""Unpack a ready-made database."""

from pathlib import Path

from ccdcgan.database.ready_made import unpack
from ccdcgan.runs.script import start

snakemake = start(globals())
for name, archive in snakemake.input.items():
    unpack(Path(archive), Path(snakemake.output[name]))
