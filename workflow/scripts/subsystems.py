"""Substitute some of the system's elements into prototypes: compounds that compete on the hull."""

from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import write_structures
from ccdcgan.prototypes.substitution import substitute_subsystems
from ccdcgan.runs.script import start

snakemake = start(globals())
section = Prototypes.model_validate(snakemake.params.prototypes)
matching = Matching.model_validate(snakemake.params.matching)

found = substitute_subsystems(section, snakemake.params.system, matching, snakemake.params.seed)
write_structures(snakemake.output.structures, found.structures)
found.table.to_csv(snakemake.output.table, index=False)
found.rejected.to_csv(snakemake.output.rejected, index=False)
