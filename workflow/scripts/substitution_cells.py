"""Find the prototype cells that the database was not relaxed from."""

import json
from pathlib import Path

from ccdcgan.config import Matching, Prototypes
from ccdcgan.controls import substituted_cells
from ccdcgan.script import start
from ccdcgan.structures import read_table, write_structures

snakemake = start(globals())
params = snakemake.params
# Those of a ready-made database are the rest of its own prototypes, in its own order.
own = {"prototypes": params.prototypes, "matching": params.matching, "seed": params.seed}
if params.prototypes is None:
    own = json.loads(Path(snakemake.input.description).read_text())
cells = substituted_cells(
    Prototypes.model_validate(own["prototypes"]),
    params.system,
    Matching.model_validate(own["matching"]),
    own["seed"],
    set(read_table(snakemake.input.taken)["id"]),
)
write_structures(snakemake.output[0], cells)
