"""Draw one batch of the control of symmetric random crystals."""

from ccdcgan.config import Prototypes
from ccdcgan.controls import random_crystals
from ccdcgan.script import start
from ccdcgan.structures import reject_table, write_structures

snakemake = start(globals())
params = snakemake.params
first, count = params.numbers
crystals, rejects = random_crystals(
    Prototypes.model_validate(params.prototypes), params.system, start=first, count=count, seed=params.seed
)
write_structures(snakemake.output.structures, crystals)
reject_table(rejects).to_csv(snakemake.output.rejected, index=False)
