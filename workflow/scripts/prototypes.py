"""Substitute the system's elements into prototypes: compounds for the database, elements for the references."""

from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import write_structures
from ccdcgan.prototypes.elements import substitute_elements
from ccdcgan.prototypes.substitution import enumerate_prototypes
from ccdcgan.runs.script import start

snakemake = start(globals())
section = Prototypes.model_validate(snakemake.params.prototypes)
matching = Matching.model_validate(snakemake.params.matching)
system = snakemake.params.system

found = enumerate_prototypes(section, system, matching, snakemake.params.seed)
write_structures(snakemake.output.structures, found.structures)
found.table.to_csv(snakemake.output.table, index=False)
found.rejected.to_csv(snakemake.output.rejected, index=False)
write_structures(snakemake.output.references, [*substitute_elements(section.reference_atoms, system), *found.elements])
