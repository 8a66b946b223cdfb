"""Put the metrics of models and controls into one table, beside the paper's."""

import json
from pathlib import Path

from ccdcgan.config.metrics import Metrics
from ccdcgan.crystals.structures import read_table
from ccdcgan.judging.memorisation import Nearness
from ccdcgan.judging.model_metrics import Coverage, gather, records
from ccdcgan.reporting.pages.metrics import as_markdown
from ccdcgan.runs.published import read_published
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
coverages = {}
for name, path in zip(params.variants, files.coverage, strict=True):
    found = json.loads(Path(path).read_text())
    coverages[name] = Coverage(frozenset(found["ids"]), found["n"])
nearness = {}
for name, path in zip(params.with_graphs, files.memorisation, strict=True):
    distances = read_table(path).set_index("id")
    nearness[name] = Nearness(
        *(distances.loc[distances["side"] == side, "distance"].astype(float) for side in Nearness._fields)
    )
table = gather(
    {name: read_table(path) for name, path in zip(params.variants, files.structures, strict=True)},
    coverages,
    Metrics.model_validate(params.metrics),
    params.seed,
    read_published(files.published, params.system),
    nearness,
)
table.to_csv(snakemake.output.table, index=False)
Path(snakemake.output.records).write_text(json.dumps(records(table), indent=2) + "\n")
Path(snakemake.output.markdown).write_text(as_markdown(table) + "\n")
