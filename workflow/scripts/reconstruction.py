"""Decode the database's own crystal graphs, and count what comes back."""

import json
from pathlib import Path

from ccdcgan.codec import load_codec
from ccdcgan.config import Decoding, Matching, Voxels
from ccdcgan.graphs import read_graphs
from ccdcgan.reconstruction import summarize
from ccdcgan.roundtrip import reconstruct
from ccdcgan.script import start
from ccdcgan.structures import read_structures, read_table
from ccdcgan.training import configure

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
