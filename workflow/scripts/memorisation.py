"""Measure how near a model's crystal graphs are to those that it learnt from."""

from ccdcgan.crystals.structures import read_table
from ccdcgan.judging.memorisation import nearest_learnt
from ccdcgan.representation.crystal_graphs import read_graphs
from ccdcgan.runs.script import start

snakemake = start(globals())
files = snakemake.input
known = read_graphs(files.graphs)
split = read_table(files.table).set_index("id")["split"].loc[known.ids]
table = nearest_learnt(
    [read_graphs(path) for path in files.generated],
    known,
    (split == "train").to_numpy(),
    read_graphs(files.variants) if files.variants else None,
    all_learnt=snakemake.params.all_learnt,
)
table.to_csv(snakemake.output[0], index=False)
