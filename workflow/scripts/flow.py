"""Train a conditional flow of crystal graphs."""

import numpy as np

from ccdcgan.config.flow import Flow
from ccdcgan.crystals.structures import read_table
from ccdcgan.database.hull import stability_weights
from ccdcgan.generators.conditions import condition_values
from ccdcgan.generators.flow import train_flow
from ccdcgan.networks.saving import save
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import crystal_of, read_graphs
from ccdcgan.runs.script import backup_file, start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
configure(params.seed, snakemake.threads)
settings, database = Flow.model_validate(params.flow), read_table(files.table)
parts = [read_graphs(path) for path in [files.graphs, *([files.variants] if files.variants else [])]]
crystals = [crystal_of(name) for part in parts for name in part.ids]
tables = dict(zip(params.tables, map(read_table, files.values), strict=True))
flow, history = train_flow(
    np.concatenate([part.graphs for part in parts]),
    condition_values(settings.conditions, database, tables, params.system).loc[crystals],
    (database.set_index("id")["split"].loc[crystals] == "train").to_numpy(),
    settings,
    weights=stability_weights(database, crystals, settings.temperature),
    seed=params.seed,
    backup=backup_file(snakemake),
)
save(flow, snakemake.output.flow)
history.to_csv(snakemake.output.history, index=False)
