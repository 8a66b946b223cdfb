"""Decode the database's own crystal graphs, and count what comes back."""

import json
from pathlib import Path

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.matching import Matching
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.representation.decoding import load_codec
from ccdcgan.representation.reconstruction import reconstruct
from ccdcgan.representation.reconstruction_errors import summarize
from ccdcgan.runs.script import start

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
table = reconstruct(
    load_codec(*snakemake.input.autoencoders, Voxels.model_validate(params.voxels)),
    read_graphs(snakemake.input.graphs),
    read_table(snakemake.input.not_voxelized),
    read_structures(snakemake.input.database),
    read_table(snakemake.input.table).set_index("id")["split"],
    params.system,
    Decoding.model_validate(params.decoding),
    Matching.model_validate(params.matching),
)
table.to_csv(snakemake.output.table, index=False)
Path(snakemake.output.summary).write_text(json.dumps(summarize(table), indent=2) + "\n")
