"""Compare what many trainings made."""

from pathlib import Path

import pandas as pd

from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.generators.names import model_of
from ccdcgan.judging.funnel import Variant
from ccdcgan.judging.studies import compare
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params


def variant(name: str, judged: str) -> Variant:
    """Everything that one of them made."""

    def paths(key: str) -> list[str]:
        return [path for path in files[key] if Path(path).parent.name == model_of(name)]

    decoded = [atoms.info for path in paths("decoded") for atoms in read_structures(path)]
    not_decoded = pd.concat(map(read_table, paths("not_decoded")))
    return Variant(
        generated=len(decoded) + len(not_decoded),
        not_decoded=not_decoded,
        predicted=pd.Series({info["id"]: info["predicted_formation_energy"] for info in decoded}, dtype=float),
        relaxation=pd.concat(map(read_table, paths("relaxation"))),
        judged=read_table(judged),
    )


variants = {name: variant(name, judged) for name, judged in zip(params.variants, files.judged, strict=True)}
compare(variants, params.weight, params.seed, params.tolerance).to_csv(snakemake.output[0], index=False)
