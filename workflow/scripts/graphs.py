"""Encode the database into 2D crystal graphs."""

from ccdcgan.codec import load_codec
from ccdcgan.config import Voxels
from ccdcgan.graphs import write_graphs
from ccdcgan.script import start
from ccdcgan.training import configure

snakemake = start(globals())
configure(snakemake.params.seed, snakemake.threads)
codec = load_codec(*snakemake.input.autoencoders, Voxels.model_validate(snakemake.params.voxels))
write_graphs(snakemake.output[0], codec.encode(snakemake.input.voxels))
