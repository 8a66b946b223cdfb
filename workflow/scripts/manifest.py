"""Write down of which files a run is made, and of what they came."""

import json
from pathlib import Path

from ccdcgan.config.loading import parse_config
from ccdcgan.runs.artifacts import TIMESTAMP, recorded_outputs
from ccdcgan.runs.provenance import calculation_folders, manifest
from ccdcgan.runs.script import start

snakemake = start(globals())
target = Path(snakemake.output[0])
paths = [Path(path) for path in snakemake.input]
paths += [folder for path in snakemake.input.batches for folder in calculation_folders(Path(path))]
paths += [path for path in recorded_outputs(target.parent) if path != target]
found = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
files = {file for file in found if file.is_file() and file.name != TIMESTAMP}
target.write_text(json.dumps(manifest(target.parent, files, parse_config(snakemake.params.config)), indent=2) + "\n")
