"""Encode the database into 2D crystal graphs."""

from ccdcgan.codec import load_codec
from ccdcgan.config import Voxels
from ccdcgan.graphs import write_graphs
from ccdcgan.holdout import LEFT_OUT, sides
from ccdcgan.script import start
from ccdcgan.structures import read_table
from ccdcgan.training import configure

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
codec = load_codec(*snakemake.input.autoencoders, Voxels.model_validate(snakemake.params.voxels))
side = sides(read_table(snakemake.input.table), snakemake.wildcards.holdout)
write_graphs(snakemake.output[0], codec.encode(snakemake.input.voxels, set(side[side != LEFT_OUT].index)))
