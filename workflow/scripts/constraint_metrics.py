"""Judge the constraint: on crystals held out in groups and at random, and on what was generated."""

import json
from pathlib import Path

from ccdcgan.constraint import generated_metrics, metrics
from ccdcgan.script import start
from ccdcgan.structures import read_table

snakemake = start(globals())
files = snakemake.input
judged = zip(snakemake.params.variants, files.judged, strict=True)
result = {
    "grouped_split": metrics(read_table(files.grouped_split)),
    "random_split": metrics(read_table(files.random_split)),
    "generated": {variant: generated_metrics(read_table(path)) for variant, path in judged},
    "published": json.loads(Path(files.published).read_text())["constraint"],
}
Path(snakemake.output[0]).write_text(json.dumps(result, indent=2) + "\n")
