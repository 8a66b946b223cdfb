"""The best candidates as a page."""

from __future__ import annotations

from pathlib import Path

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import html as pages
from ccdcgan.reporting import style

__all__ = ["candidates_page"]


def candidates_page(candidates: Path | str, output: Path | str, *, best: int) -> None:
    """Write the most stable distinct candidates as an HTML table.

    Parameters
    ----------
    candidates
        CSV of the distinct candidates, most stable first.
    output
        HTML file to write.
    best
        How many to show, at most.
    """
    table = read_table(candidates)
    rows = [
        [
            row["id"],
            pages.folded(", ".join(style.SERIES[name].label for name in row["models"].split())),
            pages.formula(row["formula"]),
            pages.space_group(row["space_group"]),
            pages.energy(row["formation_energy"]),
            pages.energy(row["energy_above_hull"]),
            pages.energy(row["disagreement"]),
            pages.energy(row["predicted_formation_energy"]),
            "stable" if row["stable"] else "meta-stable" if row["metastable"] else "–",
            pages.folded(f"{row['nearest_known']} ({row['nearest_distance']:.3f})"),
        ]
        for _, row in table.head(best).iterrows()
    ]
    head = [
        "candidate",
        "found by",
        "formula",
        "space group",
        "formation energy",
        "above hull",
        "disagreement",
        "predicted",
        "stability",
        "nearest known (distance)",
    ]
    listing = {"title": "", "head": [[(text, 1) for text in head]], "rows": rows, "paper": []}
    pages.write_page(
        output,
        "Best new structures",
        [
            f"The {len(rows)} lowest above the hull of the database, of {len(table):,} distinct candidates: no "
            "structure of the database and none of the other candidates matches them. Energies in eV/atom, after "
            "relaxation. A negative energy above the hull lies below the hull of the database. Disagreement: how far "
            "the formation energy of a second potential lies from the first's. Predicted: by the constraint, from the "
            "crystal graph.",
            "The nearest known structure is the one of the database with the most similar radial distribution "
            "functions, at a cosine distance from 0 (alike) to 1.",
        ],
        [listing],
    )
