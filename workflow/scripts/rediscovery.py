"""Find the known phases in the database and among the candidates."""

import json
from pathlib import Path

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.database.hull import References
from ccdcgan.database.known_phases import KnownPhases, find_known_phases, read_known_phases
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
known = [read_known_phases(Path(path), params.volume_scale) for path in files.known]
kept = {variant: set(read_table(path)["id"]) for variant, path in zip(params.variants, files.matches, strict=True)}
candidates = [atoms for path in files.candidates for atoms in read_structures(path)]
table = find_known_phases(
    known[0] if known else KnownPhases([], {}),
    read_structures(files.structures),
    read_table(files.relaxation),
    read_structures(files.database),
    read_table(files.table),
    {variant: [atoms for atoms in candidates if atoms.info["id"] in ids] for variant, ids in kept.items()},
    References(**json.loads(Path(files.references).read_text())),
    params.system,
    Matching.model_validate(params.matching),
)
table.to_csv(snakemake.output[0], index=False)
