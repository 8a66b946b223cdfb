"""Train one of the two autoencoders, or take a ready-made one."""

from shutil import copyfile

from ccdcgan.config.autoencoders import Autoencoder
from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.holdout import sides
from ccdcgan.networks.saving import save
from ccdcgan.networks.training import configure
from ccdcgan.representation.autoencoders import train_autoencoder
from ccdcgan.runs.script import backup_file, start

snakemake = start(globals())
params = snakemake.params
if hasattr(snakemake.input, "model"):
    for name, path in snakemake.output.items():
        copyfile(snakemake.input[name], path)
else:
    configure(params.seed, snakemake.threads)
    model, history = train_autoencoder(
        params.kind,
        snakemake.input.voxels,
        sides(read_table(snakemake.input.table), snakemake.wildcards.holdout),
        Autoencoder.model_validate(params.autoencoder),
        seed=params.seed,
        backup=backup_file(snakemake),
    )
    save(model, snakemake.output.model)
    history.to_csv(snakemake.output.history, index=False)
