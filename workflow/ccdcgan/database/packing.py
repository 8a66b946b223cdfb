"""A ready-made database: what the prototypes and relaxation stages of one run left, packed for others to start from.

``python -m ccdcgan.database.packing results/<run> resources/databases/<name> --configfile config/config.yaml ...``
packs a run whose database is made and whose known phases are relaxed, and writes the datasheet between the markers of
the folder's README.md. ``make database`` makes the run as well.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ccdcgan.config.configuration import Config
from ccdcgan.config.loading import load_config
from ccdcgan.crystals.structures import read_table
from ccdcgan.database.datasheet import datasheet
from ccdcgan.database.ready_made import DESCRIPTION, FILES, packed
from ccdcgan.runs.markdown import between_markers
from ccdcgan.runs.provenance import versions

__all__ = ["pack"]

MARKERS = ("<!-- written by python -m ccdcgan.database.packing -->", "<!-- end -->")


def pack(results: Path, folder: Path, config: Config) -> dict[str, Any]:
    """Pack the prototypes and relaxation stages of a run.

    Parameters
    ----------
    results
        Folder of the run.
    folder
        Where to write; made if it is missing.
    config
        Of the run.

    Returns
    -------
    dict
        What stands in ``database.json``: how it was made, and how many structures.

    Raises
    ------
    ValueError
        If a batch of the relaxation is missing.
    """
    prototypes = read_table(results / "prototypes/table.csv")
    batches = sorted(path for path in results.glob("relaxation/*.csv") if path.stem != "references")
    rows = pd.concat([read_table(path) for path in batches], ignore_index=True)
    if list(rows["id"]) != list(prototypes["id"]):
        raise ValueError(f"{results}/relaxation: found {len(rows)} structures, expected {len(prototypes)}")
    folder.mkdir(parents=True, exist_ok=True)
    # Joined as they are: a number that is read and written again may change in its last digit.
    header, *_ = batches[0].read_bytes().splitlines(keepends=True)
    contents = {
        "structures": b"".join(path.with_suffix(".extxyz").read_bytes() for path in batches),
        "table": header + b"".join(path.read_bytes().removeprefix(header) for path in batches),
    }
    for name, path in {
        "references": results / "relaxation/references.csv",
        "prototypes": results / "prototypes/table.csv",
        "rejected": results / "prototypes/rejected.csv",
    }.items():
        contents[name] = path.read_bytes()
    for name, content in contents.items():
        (folder / packed(FILES[name])).write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
    description = {
        "system": config.system,
        "seed": config.seed,
        "prototypes": config.prototypes.of_sources().model_dump(mode="json"),
        "matching": config.matching.model_dump(mode="json"),
        "relaxation": config.relaxation.of_engine().model_dump(mode="json"),
        "versions": versions(),
        "counts": {str(status): int(count) for status, count in rows["status"].value_counts().items()},
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n")
    return description


def main(arguments: Sequence[str] | None = None) -> None:
    """Pack a run and write its datasheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, help="folder of a run whose database and known phases are relaxed")
    parser.add_argument("folder", type=Path, help="folder to write")
    parser.add_argument("--configfile", type=Path, nargs="+", required=True, help="configuration files of the run")
    chosen = parser.parse_args(arguments)
    results, folder = chosen.results, chosen.folder
    config = load_config(*chosen.configfile)
    text = datasheet(results, config, pack(results, folder, config)["versions"])
    page = folder / "README.md"
    page.write_text(between_markers(page.read_text() if page.exists() else "\n".join(MARKERS), text, MARKERS))


if __name__ == "__main__":
    main()
