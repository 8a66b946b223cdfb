"""Say which of the distinct prototypes enter the database, and that the others do not."""

import pandas as pd

from ccdcgan.prototypes.substitution import take_sample
from ccdcgan.runs.script import start

snakemake = start(globals())
# As text, so that every number stays as it is.
tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in snakemake.input]
table, rejected = take_sample(*tables[:2], snakemake.params.size)
if subsystems := tables[2:]:
    table, rejected = (pd.concat(pair, ignore_index=True) for pair in zip((table, rejected), subsystems, strict=True))
table.to_csv(snakemake.output.table, index=False)
rejected.to_csv(snakemake.output.rejected, index=False)
