"""Take one batch of the control of substituted prototypes."""

from ccdcgan.crystals.structures import read_structures, reject_table, write_structures
from ccdcgan.runs.script import start

snakemake = start(globals())
first, count = snakemake.params.numbers
write_structures(snakemake.output.structures, read_structures(snakemake.input[0])[first : first + count])
reject_table([]).to_csv(snakemake.output.rejected, index=False)
