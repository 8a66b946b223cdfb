"""Judge the constraint: on crystals held out in groups and at random, and on what was generated."""

import json
from pathlib import Path

from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.constraint import generated_metrics, metrics
from ccdcgan.runs.published import read_published
from ccdcgan.runs.script import start

snakemake = start(globals())
files = snakemake.input
judged = zip(snakemake.params.variants, files.judged, strict=True)
result = {
    "grouped_split": metrics(read_table(files.grouped_split)),
    "random_split": metrics(read_table(files.random_split)),
    "generated": {variant: generated_metrics(read_table(path)) for variant, path in judged},
    "published": read_published(files.published, snakemake.params.system).get("constraint"),
}
Path(snakemake.output[0]).write_text(json.dumps(result, indent=2) + "\n")
