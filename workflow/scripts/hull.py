"""Judge a model's relaxed candidates against the hull of the database."""

import json
from pathlib import Path

import pandas as pd

from ccdcgan.config.hull import Hull
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.database.hull import References
from ccdcgan.judging.hull import judge_candidates
from ccdcgan.runs.script import start

snakemake = start(globals())
matches = read_table(snakemake.input.matches)
kept = set(matches["id"])
table = judge_candidates(
    [atoms for path in snakemake.input.candidates for atoms in read_structures(path) if atoms.info["id"] in kept],
    pd.concat([read_table(path) for path in snakemake.input.tables], ignore_index=True),
    matches,
    read_table(snakemake.input.database),
    References(**json.loads(Path(snakemake.input.references).read_text())),
    snakemake.params.system,
    Hull.model_validate(snakemake.params.hull),
)
table.to_csv(snakemake.output[0], index=False)
