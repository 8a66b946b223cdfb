"""Which crystals survive the autoencoders, and why the others do not, by size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import style
from ccdcgan.representation.reconstruction_errors import Failure

__all__ = ["draw_outcomes", "reconstruction"]

MATCHED = "matched"
OUTCOMES = {
    MATCHED: ("matched", "0.85"),
    Failure.POSITIONS: ("positions", style.SKY_BLUE),
    Failure.LATTICE: ("lattice", style.GREEN),
    Failure.ATOM_COUNT: ("number of atoms", style.VERMILION),
    Failure.REJECTED: ("rejected", style.BLACK),
}
"""Outcome -> label and colour, from the bottom of a bar to its top."""
SIDES = {"train": "training", "held_out": "held out"}
VOLUME_BINS = 12


def reconstruction(table: Path | str, summary: Path | str, output: Path | str) -> None:
    """Bars of all crystals by number of atoms and by volume, stacked by outcome, training and held out.

    Parameters
    ----------
    table
        CSV with ``split, n_atoms, volume, matched, failure``; volumes in angstrom^3.
    summary
        JSON of `ccdcgan.representation.reconstruction_errors.summarize`.
    output
        PNG to write, with an SVG beside it.
    """
    crystals = read_table(table)
    counts = json.loads(Path(summary).read_text())
    bins = {
        "n_atoms": np.arange(0.5, crystals["n_atoms"].max() + 1),
        "volume": np.linspace(0, crystals["volume"].max(), VOLUME_BINS + 1),
    }
    with style.figure(output, 6.8, 4.6) as figure:
        panels = figure.subplots(2, 2, sharex="col", sharey="row")
        for row, (split, side) in zip(panels, SIDES.items(), strict=True):
            for axes, (column, edges) in zip(row, bins.items(), strict=True):
                draw_outcomes(axes, crystals[crystals["split"] == split], column, edges)
            row[0].set_title(f"{side}: {_fraction(counts[split])}", loc="left", fontsize=9)
            row[0].set_ylabel("crystals")
        panels[-1][0].xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
        panels[-1][0].set_xlabel("atoms in the cell")
        panels[-1][1].set_xlabel("volume of the cell (Å$^3$)")
        figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=len(OUTCOMES))


def draw_outcomes(axes: Axes, crystals: pd.DataFrame, column: str, edges: np.ndarray) -> None:
    """Draw a stacked histogram of one column, a colour for each outcome."""
    outcomes = crystals["failure"].where(~crystals["matched"].astype(bool), MATCHED)
    labels, colours = zip(*OUTCOMES.values(), strict=True)
    axes.hist(
        [crystals.loc[outcomes == outcome, column] for outcome in OUTCOMES],
        bins=list(edges),
        stacked=True,
        color=colours,
        label=labels,
        edgecolor="white",
        linewidth=0.3,
    )
    axes.set_xlim(edges[0], edges[-1])


def _fraction(counts: Mapping[str, Any]) -> str:
    """Matched and all, as counts and as a fraction with its interval."""
    text = f"{counts['matched']:,} of {counts['n']:,} matched"
    if counts["n"] == 0:
        return text
    low, high = counts["interval"]
    return f"{text}, {counts['fraction']:.0%} ({low:.0%} to {high:.0%})"
