"""Count the known phases that come back from more and more crystal graphs."""

from pathlib import Path

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.structures import read_structures
from ccdcgan.database.known_phases import read_compounds
from ccdcgan.judging.rediscovery import rediscovered
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
phases = read_compounds(files.known, files.known_structures, params.volume_scale)


def of_models(paths: list[str]) -> dict:
    """Structures of all batches of every model."""
    return {
        model: [atoms for path in paths if Path(path).parent.name == model for atoms in read_structures(path)]
        for model in params.models
    }


table = rediscovered(
    params.samples, phases, of_models(files.decoded), of_models(files.relaxed), Matching.model_validate(params.matching)
)
table.to_csv(snakemake.output[0], index=False)
