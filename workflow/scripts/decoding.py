"""Decode one batch of generated crystal graphs into crystals."""

from ccdcgan.config.decoding import Decoding
from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import Rejected, from_pymatgen, reject_table, write_structures
from ccdcgan.networks.training import configure
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.representation.decoding import load_codec
from ccdcgan.runs.script import start

snakemake = start(globals())
params = snakemake.params
configure(params.seed, snakemake.threads)
codec = load_codec(*snakemake.input.autoencoders, Voxels.model_validate(params.voxels))
crystals = read_graphs(snakemake.input.graphs)

structures, rejects = [], []
outcomes = codec.decode(crystals.graphs, params.system, Decoding.model_validate(params.decoding))
for name, predicted, outcome in zip(crystals.ids, crystals.predicted_formation_energy, outcomes, strict=True):
    if isinstance(outcome, Rejected):
        rejects.append((name, outcome))
    else:
        structures.append(from_pymatgen(outcome, name, predicted_formation_energy=float(predicted)))
write_structures(snakemake.output.structures, structures)
reject_table(rejects).to_csv(snakemake.output.rejected, index=False)
