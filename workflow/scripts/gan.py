"""Train a generator of crystal graphs."""

from ccdcgan.config.gan import Gan
from ccdcgan.config.objectives import Objective
from ccdcgan.crystals.structures import read_table
from ccdcgan.database.hull import stability_weights
from ccdcgan.generators.gan import train_gan
from ccdcgan.networks.saving import load, save
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.runs.script import backup_file, start

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
constraint = snakemake.input.get("constraint")
objectives = map(Objective.model_validate, snakemake.params.objectives)
crystals, settings = read_graphs(snakemake.input.graphs), Gan.model_validate(snakemake.params.gan)
weights = None
if settings.temperature is not None:
    weights = stability_weights(read_table(snakemake.input.table), crystals.ids, settings.temperature)
generator, history = train_gan(
    crystals.graphs,
    settings,
    constraint=load(constraint) if constraint else None,
    objectives=list(zip(objectives, map(load, snakemake.input.objectives), strict=True)),
    weights=weights,
    seed=snakemake.params.seed,
    backup=backup_file(snakemake),
)
save(generator, snakemake.output.generator)
history.to_csv(snakemake.output.history, index=False)
