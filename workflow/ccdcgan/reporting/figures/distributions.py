"""Distribution of formation energies, database against generated (Supplementary Fig. 2a)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import style
from ccdcgan.reporting.figures.hull import read_variants

__all__ = ["distributions", "draw_distribution"]

BINS = 30


def distributions(database: Path | str, candidates: Mapping[str, Path | str], output: Path | str) -> None:
    """Distribution of the formation energies of the candidates, a panel for each variant, over the database's.

    Parameters
    ----------
    database
        CSV of the database.
    candidates
        Variant -> CSV of the hull stage; at least one variant.
    output
        PNG to write, with an SVG beside it.
    """
    known = read_table(database)["formation_energy"].astype(float)
    made = {name: table["formation_energy"].astype(float) for name, table in read_variants(candidates).items()}
    limits = style.robust_limits([known, *made.values()], keep=[0])
    with style.figure(output, 5.2, 0.8 + 1.7 * len(made)) as figure:
        panels = figure.subplots(len(made), 1, squeeze=False, sharex=True, sharey=True)[:, 0]
        for axes, (name, energies) in zip(panels, made.items(), strict=True):
            look = style.SERIES[name]
            draw_distribution(axes, known, style.DATABASE, limits, histtype="stepfilled", alpha=0.4)
            draw_distribution(axes, energies, look, limits, histtype="step", linewidth=1.6)
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
            outside = {style.DATABASE.label: known, look.label: energies}
            style.note_outside(axes, {label: style.beyond(values, limits) for label, values in outside.items()})
        panels[-1].set(xlim=limits, xlabel=f"formation energy {style.FORMATION_ENERGY} (eV/atom)")
        figure.supylabel("fraction of structures in a bin", fontsize=10)


def draw_distribution(
    axes: Axes, energies: pd.Series, look: style.Series, limits: tuple[float, float], **how: Any
) -> None:
    """Draw a histogram whose bars add up to the fraction inside the limits, and the mean as a dashed line.

    Parameters
    ----------
    axes
        To draw on.
    energies
        In eV/atom; with none, only the legend's entry is drawn.
    look
        Label and colour.
    limits
        Of the bins, in eV/atom.
    **how
        Passed to `Axes.hist`.
    """
    mean = f"\nmean {style.energy(energies.mean())} eV/atom" if len(energies) else ""
    axes.hist(
        energies,
        bins=list(np.linspace(*limits, BINS + 1)),
        weights=np.full(len(energies), 1 / max(len(energies), 1)),
        color=look.colour,
        label=f"{look.label}\nn = {len(energies):,}{mean}",
        **how,
    )
    if len(energies):
        axes.axvline(energies.mean(), color=look.colour, linestyle="--", linewidth=1)
