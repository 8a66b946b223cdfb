"""Encode variants of the crystals that the networks are trained on: other settings of the cell and other origins."""

from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.holdout import sides
from ccdcgan.networks.saving import load
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import write_graphs
from ccdcgan.representation.variants import encode_variants
from ccdcgan.runs.script import start

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
side = sides(read_table(snakemake.input.table), snakemake.wildcards.holdout)
crystals = encode_variants(
    *map(load, snakemake.input.autoencoders),
    snakemake.input.voxels,
    set(side[side == "train"].index),
    count=snakemake.params.additional,
    seed=snakemake.params.seed,
)
write_graphs(snakemake.output[0], crystals)
