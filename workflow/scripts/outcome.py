"""Count the funnel, and gather the candidates of all models into one table and their CIF files."""

import json
from pathlib import Path

import pandas as pd

from ccdcgan.config.hull import Hull
from ccdcgan.config.matching import Matching
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.judging.candidates import collect_candidates, write_cifs
from ccdcgan.judging.funnel import Variant, build_funnel, check_sums
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.runs.script import start

snakemake = start(globals())
files, params = snakemake.input, snakemake.params


def of_model(paths: list[str], model: str, read):
    """Read the batches of one network."""
    return [read(path) for path in paths if Path(path).parent.name == model]


def variant(model: str, judged: pd.DataFrame) -> Variant:
    """Everything that one model made."""
    decoded = [atoms.info for batch in of_model(files.decoded, model, read_structures) for atoms in batch]
    return Variant(
        generated=sum(len(batch.ids) for batch in of_model(files.generated, model, read_graphs)),
        not_decoded=pd.concat(of_model(files.not_decoded, model, read_table)),
        predicted=pd.Series({info["id"]: info["predicted_formation_energy"] for info in decoded}, dtype=float),
        relaxation=pd.concat(of_model(files.relaxation, model, read_table)),
        judged=judged,
    )


judged = {name: read_table(path) for name, path in zip(params.variants, files.judged, strict=True)}
funnel = build_funnel(
    params.run,
    *(read_table(files[name]) for name in ("prototypes", "prototypes_rejected", "database", "database_rejected")),
    read_table(files.reconstruction),
    {name: variant(model, judged[name]) for name, model in params.variants.items()},
    params.tolerance,
    Hull.model_validate(params.hull),
)
if wrong := check_sums(funnel):
    raise ValueError(" ".join(wrong))
Path(snakemake.output.funnel).write_text(json.dumps(funnel, indent=2) + "\n")

structures = [atoms for path in files.relaxed for atoms in read_structures(path)]
table = collect_candidates(judged, structures, Matching.model_validate(params.matching), params.best)
table.to_csv(snakemake.output.candidates, index=False)
write_cifs(table, structures, Path(snakemake.output.cif).parent)
