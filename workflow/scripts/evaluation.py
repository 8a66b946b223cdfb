"""Gather what became of every structure of a model or control, in one row each."""

import json
from pathlib import Path

import pandas as pd

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.judging.funnel import passes_screening
from ccdcgan.judging.structure_metrics import cover, structure_table
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
structures = [atoms for path in files.structures for atoms in read_structures(path)]
judged = read_table(files.judged)
kept = set(judged["id"])
relaxed = [atoms for path in files.relaxed for atoms in read_structures(path) if atoms.info["id"] in kept]
predicted = pd.Series({atoms.info["id"]: atoms.info["predicted_formation_energy"] for atoms in structures}, dtype=float)
passed = passes_screening(predicted, snakemake.wildcards.variant, params.tolerance)

covered, coverage = cover(relaxed, read_structures(files.database), params.system)
table = structure_table(
    structures,
    pd.concat(map(read_table, files.rejected)),
    set(predicted.index[~passed]),
    pd.concat(map(read_table, files.relaxation)),
    relaxed,
    judged,
    covered,
    Matching.model_validate(params.matching),
)
table.to_csv(snakemake.output.structures, index=False)
Path(snakemake.output.coverage).write_text(json.dumps({"ids": sorted(coverage.ids), "n": coverage.n}) + "\n")
