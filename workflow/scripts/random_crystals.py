"""Draw one batch of the control of symmetric random crystals."""

from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import reject_table, write_structures
from ccdcgan.generators.controls import random_crystals
from ccdcgan.runs.script import start

snakemake = start(globals())
params = snakemake.params
first, count = params.numbers
crystals, rejects = random_crystals(
    Prototypes.model_validate(params.prototypes), params.system, start=first, count=count, seed=params.seed
)
write_structures(snakemake.output.structures, crystals)
reject_table(rejects).to_csv(snakemake.output.rejected, index=False)
