"""Build the known phases of the system and relax them like everything else."""

from pathlib import Path

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import write_structures
from ccdcgan.database.known_phases import read_known_phases
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.registry import load_engine
from ccdcgan.runs.script import start

snakemake = start(globals())
settings = Relaxation.model_validate(snakemake.params.relaxation)
known = [read_known_phases(Path(path), snakemake.params.volume_scale) for path in snakemake.input]
structures = [phase.atoms for each in known for phase in each.phases]

folder = Path(snakemake.output.table).with_suffix("")
journal = folder.with_suffix(".journal")
relaxed, table = relax_batch(
    structures, lambda: load_engine(settings, snakemake.threads, folder), settings, journal, snakemake.params.code
)
write_structures(snakemake.output.structures, relaxed)
table.to_csv(snakemake.output.table, index=False)
journal.unlink()
