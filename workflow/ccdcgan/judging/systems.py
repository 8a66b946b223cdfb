"""Runs of many chemical systems side by side: what the default configuration gives, and what it costs.

``python -m ccdcgan.judging.systems results/<run> ...`` writes the tables between the markers of
``resources/systems.md`` from finished runs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ccdcgan.config.project import RESOURCES
from ccdcgan.crystals.structures import read_table
from ccdcgan.database.datasheet import ON_HULL
from ccdcgan.judging.intervals import interval
from ccdcgan.runs.markdown import as_table, between_markers

__all__ = ["counts_of_run", "reconstruction_of_run", "write_systems"]

PAGE = RESOURCES / "systems.md"
MARKERS = ("<!-- written by python -m ccdcgan.judging.systems -->", "<!-- end -->")
NETWORKS = {"dcgan": "DCGAN", "ccdcgan": "CCDCGAN", "flow": "flow"}


def counts_of_run(run: Path) -> dict[str, Any]:
    """A row of the table of runs.

    Parameters
    ----------
    run
        Folder of a finished run.
    """
    funnel = json.loads((run / "funnel.json").read_text())
    database = read_table(run / "database/table.csv")
    corners = database[database["energy_above_hull"] < ON_HULL].sort_values("formula")
    made = funnel["database"]
    row: dict[str, Any] = {
        "system": _system(run),
        "prototypes": made["prototypes"],
        "relaxed": made["relaxed"],
        "lowest compounds": ", ".join(dict.fromkeys(corners["formula"])) or "none",
    }
    for name, title in NETWORKS.items():
        counts = funnel["models"][name]
        row[f"{title}: decoded, relaxed, distinct and meta-stable"] = (
            f"{counts['decoded']}, {counts['relaxed']}, {counts['distinct_metastable']} of {counts['generated']}"
        )
    jobs = [(path.stat().st_mtime, pd.read_csv(path, sep="\t").iloc[0]) for path in run.glob("benchmarks/**/*.tsv")]
    begun = min(end - float(job["s"]) for end, job in jobs)
    row["CPU minutes"] = f"{sum(float(job['cpu_time']) for _, job in jobs) / 60:.1f}"
    row["minutes"] = f"{((run / 'manifest.json').stat().st_mtime - begun) / 60:.1f}"
    return row


def reconstruction_of_run(run: Path) -> dict[str, Any]:
    """A row of the table of what survives the way through the crystal graphs; both sides of the split together."""
    table = read_table(run / "autoencoders/reconstruction.csv")
    k, n = int(table["matched"].astype(bool).sum()), len(table)
    low, high = interval(k, n)
    failed = table.loc[~table["matched"].astype(bool)]
    reasons = failed["failure"].where(failed["failure"] != "rejected", failed["reason"]).value_counts()
    return {
        "system": _system(run),
        "crystals": n,
        "matched": k,
        "share (%)": f"{100 * k / n:.1f} ({100 * low:.1f} to {100 * high:.1f})",
        "displacement (angstrom)": float(table["rms_angstrom"].astype(float).mean()),
        "failed": ", ".join(f"{str(name).replace('_', ' ')} {count}" for name, count in reasons.items()),
    }


def _system(run: Path) -> str:
    """Elements of a run, in the order of its config."""
    return "-".join(json.loads((run / "database/references.json").read_text())["energies"])


def write_systems(runs: Sequence[Path], page: Path) -> None:
    """Write both tables between the markers of a page."""
    text = "\n\n".join(
        [
            "## Runs",
            as_table(pd.DataFrame([counts_of_run(run) for run in runs])),
            "## The way through the crystal graphs",
            as_table(pd.DataFrame([reconstruction_of_run(run) for run in runs])),
        ]
    )
    page.write_text(between_markers(page.read_text(), text, MARKERS))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write")
    chosen = parser.parse_args(arguments)
    write_systems(chosen.runs, chosen.page)


if __name__ == "__main__":
    main()
