"""Put the metrics of models and controls into one table, beside the paper's."""

import json
from pathlib import Path

from ccdcgan.config import Metrics
from ccdcgan.figures.metrics import as_markdown
from ccdcgan.metrics import Coverage, gather, records
from ccdcgan.script import start
from ccdcgan.structures import read_table

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
coverages = {}
for name, path in zip(params.variants, files.coverage, strict=True):
    found = json.loads(Path(path).read_text())
    coverages[name] = Coverage(frozenset(found["ids"]), found["n"])
table = gather(
    {name: read_table(path) for name, path in zip(params.variants, files.structures, strict=True)},
    coverages,
    Metrics.model_validate(params.metrics),
    params.seed,
    json.loads(Path(files.published).read_text()),
)
table.to_csv(snakemake.output.table, index=False)
Path(snakemake.output.records).write_text(json.dumps(records(table), indent=2) + "\n")
Path(snakemake.output.markdown).write_text(as_markdown(table) + "\n")
