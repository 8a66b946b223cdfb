"""Find out which of the structures that trainings had to do without they bring back."""

from pathlib import Path

import pandas as pd

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.database.known_phases import read_compounds
from ccdcgan.generators.holdout import has_composition
from ccdcgan.generators.names import holdout_of
from ccdcgan.judging.studies import LEAVE_OUT_COLUMNS, left_out
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params
known = read_compounds(files.known, files.known_structures, params.volume_scale)
formulas = pd.Series([atoms.get_chemical_formula() for atoms in known], dtype=str)


def structures(paths: list[str], model: str) -> list:
    """Structures of all batches of a model."""
    return [atoms for path in paths if Path(path).parent.name == model for atoms in read_structures(path)]


rows = []
for model, judged in zip(params.trainings, files.judged, strict=True):
    composition = holdout_of(model)
    rows.append(
        left_out(
            composition,
            model,
            params.generated,
            read_table(files.database),
            structures(files.decoded, model),
            structures(files.relaxed, model),
            read_table(judged),
            [atoms for atoms, same in zip(known, has_composition(formulas, composition), strict=True) if same],
            Matching.model_validate(params.matching),
        )
    )
pd.DataFrame(rows, columns=LEAVE_OUT_COLUMNS).to_csv(snakemake.output[0], index=False)
