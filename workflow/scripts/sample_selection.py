"""Keep the crystals of a batch that a relaxation could turn into a known phase."""

from ccdcgan.crystals.structures import read_structures, write_structures
from ccdcgan.database.known_phases import read_compounds
from ccdcgan.judging.rediscovery import may_become
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
phases = read_compounds(files.known, files.known_structures, params.volume_scale)
write_structures(snakemake.output[0], may_become(read_structures(files.decoded), phases))
