"""A ready-made database: what the prototypes and relaxation stages of one run left, packed for others to start from.

``python -m ccdcgan.packing results/<run> resources/databases/<name> --configfile config/config.yaml ...`` packs a run
whose database is made and whose known phases are relaxed, and writes the datasheet between the markers of the folder's
README.md. ``make database`` makes the run as well.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ccdcgan.config import Config, Hull, load_config
from ccdcgan.hull import References, stability
from ccdcgan.known_phases import KnownPhases, find_known_phases, read_known_phases
from ccdcgan.markdown import as_table, between_markers
from ccdcgan.prebuilt import DESCRIPTION, FILES, packed
from ccdcgan.provenance import versions
from ccdcgan.structures import read_structures, read_table

__all__ = ["datasheet", "known_phases", "pack"]

KNOWN_COLUMNS = ["id", "n_atoms", "formation_energy", "energy_above_hull", "database_match"]
KNOWN_PHASES = Path(__file__).parents[2] / "resources/known_phases"
MARKERS = ("<!-- written by python -m ccdcgan.packing -->", "<!-- end -->")


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


def known_phases(results: Path, config: Config) -> pd.DataFrame:
    """Look for the known phases of a run's system in its database.

    Parameters
    ----------
    results
        Folder of the run.
    config
        Of the run.

    Returns
    -------
    DataFrame
        Of `find_known_phases`, without candidates; empty for a system of which no phases are known here.
    """
    path = KNOWN_PHASES / f"{'-'.join(sorted(config.system))}.json"
    return find_known_phases(
        read_known_phases(path, config.prototypes.volume_scale) if path.exists() else KnownPhases([], {}),
        read_structures(results / "known_phases/structures.extxyz"),
        read_table(results / "known_phases/relaxation.csv"),
        read_structures(results / "database/structures.extxyz"),
        read_table(results / "database/table.csv"),
        {},
        References(**json.loads((results / "database/references.json").read_text())),
        config.system,
        config.matching,
    )


def datasheet(
    description: Mapping[str, Any],
    prototypes: pd.DataFrame,
    not_sampled: pd.DataFrame,
    relaxation: pd.DataFrame,
    database: pd.DataFrame,
    references: Mapping[str, Any],
    known: pd.DataFrame,
    thresholds: Hull,
) -> str:
    """Counts and distributions of a database, as Markdown.

    Parameters
    ----------
    description
        Of `pack`.
    prototypes, not_sampled
        Tables of the prototypes stage.
    relaxation
        Rows of the relaxation.
    database
        Table of the database stage.
    references
        Of the elements, as the database stage writes them.
    known
        Of `known_phases`.
    thresholds
        Section ``hull`` of the config.
    """
    bound = stability(database, thresholds)
    per_source = prototypes.groupby(["source", "licence"]).size().reset_index(name="cells")
    reasons = pd.concat(
        [
            _counts("prototypes", not_sampled["reason"]),
            _counts("relaxation", relaxation.loc[relaxation["status"] == "rejected", "reason"]),
        ]
    )
    funnel = pd.DataFrame(
        [
            ("candidates enumerated", len(prototypes) + len(not_sampled)),
            ("distinct cells within the bounds", len(prototypes)),
            ("relaxed", len(database)),
            ("distinct after relaxation", database["group"].nunique()),
            ("formation energy below zero", int(bound["negative_formation_energy"].sum())),
            (f"meta-stable (within {1000 * thresholds.metastable:.0f} meV/atom)", int(bound["metastable"].sum())),
            (f"stable (within {1000 * thresholds.stable:.0f} meV/atom)", int(bound["stable"].sum())),
        ],
        columns=["", "structures"],
    )
    quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    spread = pd.DataFrame(
        {
            "quantile": ["smallest", "5 %", "25 %", "median", "75 %", "95 %", "largest"],
            **{name: np.quantile(database[name], quantiles) for name in ("formation_energy", "energy_above_hull")},
            "volume_per_atom": np.quantile(database["volume_per_atom"], quantiles),
            "disagreement": np.quantile(database["disagreement"].dropna(), quantiles),
        }
    )
    corners = database[database["energy_above_hull"] < 1e-6].sort_values("x")
    elements = ", ".join(
        f"{symbol} {energy:.4f} ({references['ids'][symbol]}, the lowest of {references['compared'][symbol]})"
        for symbol, energy in references["energies"].items()
    )
    return "\n\n".join(
        [
            "### Counts",
            as_table(funnel),
            "### Sources",
            as_table(per_source),
            "### Rejected, by stage and reason",
            as_table(reasons),
            "### Distributions",
            "Energies and the disagreement of the two potentials in eV/atom, volume in angstrom^3/atom.",
            as_table(spread),
            "### The hull",
            f"Energies of the elements, eV/atom: {elements}. Energy scale: {references['scale']}.",
            as_table(corners[["formula", "space_group", "formation_energy", "id"]]),
            "### The known phases",
            "Relaxed by the same engine; the energy above the hull is that of this database, negative below it.",
            as_table(known.astype({"n_atoms": "Int64"})[KNOWN_COLUMNS]),
            "### Versions",
            ", ".join(f"{name} {number}" for name, number in description["versions"].items()),
        ]
    )


def _counts(stage: str, reasons: pd.Series) -> pd.DataFrame:
    counts = reasons.value_counts().rename_axis("reason").reset_index(name="structures")
    counts.insert(0, "stage", stage)
    return counts


def main(arguments: Sequence[str] | None = None) -> None:
    """Pack a run and write its datasheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, help="folder of a run whose database and known phases are relaxed")
    parser.add_argument("folder", type=Path, help="folder to write")
    parser.add_argument("--configfile", type=Path, nargs="+", required=True, help="configuration files of the run")
    chosen = parser.parse_args(arguments)
    results, folder = chosen.results, chosen.folder
    config = load_config(*chosen.configfile)
    description = pack(results, folder, config)
    text = datasheet(
        description,
        read_table(results / "prototypes/table.csv"),
        read_table(results / "prototypes/rejected.csv"),
        pd.concat([read_table(path) for path in results.glob("relaxation/*.csv") if path.stem != "references"]),
        read_table(results / "database/table.csv"),
        json.loads((results / "database/references.json").read_text()),
        known_phases(results, config),
        config.hull,
    )
    page = folder / "README.md"
    page.write_text(between_markers(page.read_text() if page.exists() else "\n".join(MARKERS), text, MARKERS))


if __name__ == "__main__":
    main()
