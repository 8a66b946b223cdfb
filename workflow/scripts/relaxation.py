"""Relax one batch of structures."""

from pathlib import Path

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import read_structures, write_structures
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.registry import load_engine
from ccdcgan.runs.script import start

snakemake = start(globals())
settings = Relaxation.model_validate(snakemake.params.relaxation)
structures = read_structures(snakemake.input[0])
if snakemake.params.rows is not None:
    structures = structures[slice(*snakemake.params.rows)]

batch = Path(snakemake.output.table).with_suffix("")
journal = batch.with_suffix(".journal")
relaxed, table = relax_batch(
    structures, lambda: load_engine(settings, snakemake.threads, batch), settings, journal, snakemake.params.code
)
write_structures(snakemake.output.structures, relaxed)
table.to_csv(snakemake.output.table, index=False)
journal.unlink()
