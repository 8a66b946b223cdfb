"""Encode the database into 2D crystal graphs."""

from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.holdout import LEFT_OUT, sides
from ccdcgan.networks.saving import load
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import write_graphs
from ccdcgan.representation.encoding import encode_crystals
from ccdcgan.runs.script import start

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
side = sides(read_table(snakemake.input.table), snakemake.wildcards.holdout)
networks = map(load, snakemake.input.autoencoders)
crystals = encode_crystals(*networks, snakemake.input.voxels, set(side[side != LEFT_OUT].index))
write_graphs(snakemake.output[0], crystals)
