"""Train one of the two autoencoders."""

from ccdcgan.autoencoders import train_autoencoder
from ccdcgan.config import Autoencoder
from ccdcgan.holdout import sides
from ccdcgan.script import backup_file, start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
model, history = train_autoencoder(
    params.kind,
    snakemake.input.voxels,
    sides(read_table(snakemake.input.table), snakemake.wildcards.holdout),
    Autoencoder.model_validate(params.autoencoder),
    seed=params.seed,
    backup=backup_file(snakemake),
)
model.save(snakemake.output.model)
history.to_csv(snakemake.output.history, index=False)
