"""Train the constraint, or the network of another objective, and let it predict the whole database."""

from ccdcgan.config import Constraint
from ccdcgan.constraint import predict, random_split, train_constraint
from ccdcgan.graphs import read_graphs
from ccdcgan.objectives import property_values
from ccdcgan.script import backup_file, start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

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
model.save(snakemake.output.model)
history.to_csv(snakemake.output.history, index=False)
table.assign(predicted=predict(model, crystals.graphs)).to_csv(snakemake.output.predictions)
