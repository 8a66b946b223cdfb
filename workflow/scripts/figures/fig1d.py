"""Draw crystals of the database and their crystal graphs."""

import json
from pathlib import Path

from ccdcgan.figures.crystals import crystals_and_graphs
from ccdcgan.script import start

snakemake = start(globals())
files = snakemake.input
shown = json.loads(Path(files.published).read_text())["shown_crystals"]
crystals_and_graphs(
    files.structures, files.table, files.graphs, snakemake.params.system, snakemake.output[0], preferred=shown
)
