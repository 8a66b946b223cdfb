"""Write the voxels of the database."""

from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import read_structures
from ccdcgan.representation.voxels.storage import voxelize
from ccdcgan.runs.script import start

snakemake = start(globals())
voxels = Voxels.model_validate(snakemake.params.voxels)
rejected = voxelize(read_structures(snakemake.input[0]), snakemake.params.system, voxels, snakemake.output.voxels)
rejected.to_csv(snakemake.output.rejected, index=False)
