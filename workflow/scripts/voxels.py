"""Write the voxels of the database."""

from ccdcgan.config import Voxels
from ccdcgan.script import start
from ccdcgan.structures import read_structures
from ccdcgan.voxels.storage import voxelize

snakemake = start(globals())
voxels = Voxels.model_validate(snakemake.params.voxels)
rejected = voxelize(read_structures(snakemake.input[0]), snakemake.params.system, voxels, snakemake.output.voxels)
rejected.to_csv(snakemake.output.rejected, index=False)
