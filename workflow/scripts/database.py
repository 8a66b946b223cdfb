"""Gather the relaxed batches into the database."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from ccdcgan.config.database import Database
from ccdcgan.config.matching import Matching
from ccdcgan.crystals.structures import REJECT_COLUMNS, read_structures, read_table, write_structures
from ccdcgan.database.building import build_database, find_references
from ccdcgan.runs.script import start

snakemake = start(globals())
matching = Matching.model_validate(snakemake.params.matching)
held_out = Database.model_validate(snakemake.params.database).held_out
system, seed = snakemake.params.system, snakemake.params.seed

structures = [atoms for path in snakemake.input.structures for atoms in read_structures(path)]
rows = pd.concat([read_table(path) for path in snakemake.input.tables], ignore_index=True)
references = find_references(read_table(snakemake.input.references), system)
table = build_database(structures, rows, references, system, matching, held_out, seed)

write_structures(snakemake.output.structures, structures)
table.to_csv(snakemake.output.table, index=False)
rows.loc[rows["status"] == "rejected", REJECT_COLUMNS].to_csv(snakemake.output.rejected, index=False)
Path(snakemake.output.references).write_text(json.dumps(asdict(references), indent=2) + "\n")
