"""Train the constraint, or the network of another objective, and let it predict the whole database."""

from ccdcgan.config.constraint import Constraint
from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.constraint import predict, random_split, train_constraint
from ccdcgan.generators.objectives import property_values
from ccdcgan.networks.saving import save
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.runs.script import backup_file, start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
configure(params.seed, snakemake.threads)
crystals = read_graphs(files.graphs)
database = read_table(files.table)
values = property_values(params.property, database, read_table(files.values) if files.get("values") else None)
split = database.set_index("id")["split"].loc[crystals.ids]
table = (random_split(split, params.seed) if params.random_split else split).to_frame()
table[params.property] = values.loc[crystals.ids]
known = table[params.property].notna().to_numpy()
model, history = train_constraint(
    crystals.graphs[known],
    table.loc[known, params.property].to_numpy(),
    (table.loc[known, "split"] == "train").to_numpy(),
    Constraint.model_validate(params.constraint),
    seed=params.seed,
    backup=backup_file(snakemake),
)
save(model, snakemake.output.model)
history.to_csv(snakemake.output.history, index=False)
table.assign(predicted=predict(model, crystals.graphs)).to_csv(snakemake.output.predictions)
