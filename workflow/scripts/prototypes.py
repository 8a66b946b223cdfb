"""Substitute the system's elements into prototypes: compounds for the database, elements for the references."""

from ccdcgan.config import Matching, Prototypes
from ccdcgan.prototypes.substitution import enumerate_prototypes, substitute_elements
from ccdcgan.script import start
from ccdcgan.structures import write_structures

snakemake = start(globals())
section = Prototypes.model_validate(snakemake.params.prototypes)
matching = Matching.model_validate(snakemake.params.matching)
system = snakemake.params.system

found = enumerate_prototypes(section, system, matching, snakemake.params.seed)
write_structures(snakemake.output.structures, found.structures)
found.table.to_csv(snakemake.output.table, index=False)
found.rejected.to_csv(snakemake.output.rejected, index=False)
write_structures(snakemake.output.references, substitute_elements(section, system, matching))
