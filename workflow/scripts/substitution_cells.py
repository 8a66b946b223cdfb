"""Find the prototype cells that the database was not relaxed from."""

import json
from pathlib import Path

from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Prototypes
from ccdcgan.crystals.structures import read_structures, read_table, write_structures
from ccdcgan.generators.controls import left_over
from ccdcgan.prototypes.substitution import enumerate_prototypes
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
if files.cells:
    cells = read_structures(files.cells)
else:
    # Those of a ready-made database are the rest of its own prototypes, in its own order.
    own = json.loads(Path(files.description).read_text()) if files.description else params
    cells = enumerate_prototypes(
        Prototypes.model_validate(own["prototypes"]),
        params.system,
        Matching.model_validate(own["matching"]),
        own["seed"],
    ).structures
write_structures(snakemake.output[0], left_over(cells, set(read_table(files.taken)["id"])))
