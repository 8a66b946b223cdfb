"""Encode the database into 2D crystal graphs."""

from ccdcgan.encoding import encode_crystals
from ccdcgan.graphs import write_graphs
from ccdcgan.holdout import LEFT_OUT, sides
from ccdcgan.networks import load
from ccdcgan.script import start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
side = sides(read_table(snakemake.input.table), snakemake.wildcards.holdout)
networks = map(load, snakemake.input.autoencoders)
crystals = encode_crystals(*networks, snakemake.input.voxels, set(side[side != LEFT_OUT].index))
write_graphs(snakemake.output[0], crystals)
