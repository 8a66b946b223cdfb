"""What the constraint screens out, by composition (Supplementary Fig. 2d)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.crystals.structures import read_structures
from ccdcgan.judging.funnel import passes_screening
from ccdcgan.reporting import style

__all__ = ["draw_screening", "screening"]

BINS = 20


def screening(
    structures: Sequence[Path | str], system: Sequence[str], output: Path | str, *, variant: str, tolerance: float
) -> None:
    """Draw how many decoded crystals the constraint lets through and how many it screens out, by composition.

    Parameters
    ----------
    structures
        Extended XYZ files of decoded crystals with their predicted formation energies.
    system
        Element symbols; the axis is the atomic fraction of the last one.
    output
        PNG to write, with an SVG beside it.
    variant
        Name of the screened variant.
    tolerance
        Of the screening, in eV/atom.
    """
    crystals = pd.DataFrame(
        [
            {
                "id": atoms.info["id"],
                "x": float((atoms.symbols == system[-1]).mean()),
                "predicted": atoms.info["predicted_formation_energy"],
            }
            for path in structures
            for atoms in read_structures(path)
        ],
        columns=["id", "x", "predicted"],
    )
    kept = passes_screening(crystals["predicted"].astype(float), variant, tolerance)
    with style.figure(output, 4.8, 3.4) as figure:
        axes = figure.subplots()
        draw_screening(axes, crystals["x"], kept.astype(bool))
        axes.set_xlabel(f"atomic fraction of {system[-1]}")
        figure.legend(loc="outside upper center", ncols=2)


def draw_screening(axes: Axes, x: pd.Series, kept: pd.Series) -> None:
    """Draw stacked bars of bins of equal width: kept below, screened out above.

    Parameters
    ----------
    axes
        To draw on.
    x
        Atomic fraction of the last element.
    kept
        Whether the constraint lets the crystal through.
    """
    look = style.SERIES["dcgan+constraint"]
    axes.hist(
        [x[kept], x[~kept]],
        # Half a bin beyond the pure elements, so that simple fractions are in the middle of a bin.
        bins=list((np.arange(BINS + 2) - 0.5) / BINS),
        stacked=True,
        color=[look.colour, style.BLACK],
        label=[f"kept (n = {kept.sum():,})", f"screened out (n = {(~kept).sum():,})"],
        edgecolor="white",
        linewidth=0.3,
    )
    axes.set(xlim=(-0.5 / BINS, 1 + 0.5 / BINS), ylabel="decoded crystals")
