"""Find out which candidates of a model are distinct."""

import pandas as pd

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.matching import match_candidates
from ccdcgan.crystals.structures import read_structures
from ccdcgan.judging.funnel import passes_screening
from ccdcgan.prototypes.elements import elemental_phases
from ccdcgan.runs.script import start

snakemake = start(globals())
matching = Matching.model_validate(snakemake.params.matching)
candidates = [atoms for path in snakemake.input.candidates for atoms in read_structures(path)]
predicted = pd.Series([atoms.info["predicted_formation_energy"] for atoms in candidates], dtype=float)
kept = passes_screening(predicted, snakemake.wildcards.variant, snakemake.params.tolerance)
candidates = [atoms for atoms, keep in zip(candidates, kept, strict=True) if keep]

database = read_structures(snakemake.input.database)
table = match_candidates(candidates, database, snakemake.params.system, matching, elemental_phases(candidates))
table.to_csv(snakemake.output[0], index=False)
