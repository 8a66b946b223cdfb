"""Train the constraint, and let it predict the whole database."""

from ccdcgan.config import Constraint
from ccdcgan.constraint import predict, train_constraint
from ccdcgan.graphs import read_graphs
from ccdcgan.script import backup_file, start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
crystals = read_graphs(snakemake.input.graphs)
table = read_table(snakemake.input.table).set_index("id").loc[crystals.ids, ["split", "formation_energy"]]
model, history = train_constraint(
    crystals.graphs,
    table["formation_energy"].to_numpy(),
    (table["split"] == "train").to_numpy(),
    Constraint.model_validate(snakemake.params.constraint),
    seed=snakemake.params.seed,
    backup=backup_file(snakemake),
)
model.save(snakemake.output.model)
history.to_csv(snakemake.output.history, index=False)
table.assign(predicted=predict(model, crystals.graphs)).to_csv(snakemake.output.predictions)
