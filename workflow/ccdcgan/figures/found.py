"""Single structures that a model made: its best new ones (Supplementary Fig. 2b, c, e, f)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.figures import style
from ccdcgan.figures.crystals import draw_crystal, element_legend
from ccdcgan.figures.hull import best_distinct
from ccdcgan.structures import read_structures, read_table

__all__ = ["describe", "new_structure", "say"]


def new_structure(
    candidates: Path | str, structures: Sequence[Path | str], system: Sequence[str], output: Path | str, *, rank: int
) -> None:
    """Draw one of the best distinct candidates of a model, or say that the model has none.

    Parameters
    ----------
    candidates
        CSV of the hull stage; the name of the file is that of the variant.
    structures
        Extended XYZ files that hold the relaxed candidates.
    system
        Element symbols.
    output
        PNG to write, with an SVG beside it.
    rank
        Place among the distinct candidates by energy above hull, from 1 on.
    """
    label = style.SERIES[Path(candidates).stem].label
    table = read_table(candidates)
    chosen = best_distinct([table], rank)
    with style.figure(output, 3.3, 3.4) as figure:
        axes = figure.subplots()
        if len(chosen) < rank:
            say(axes, f"{label}: {len(chosen)} distinct of {len(table):,} candidates, none at place {rank}")
            return
        row = chosen.iloc[-1]
        atoms = next(frame for path in structures for frame in read_structures(path) if frame.info["id"] == row["id"])
        draw_crystal(axes, atoms, system)
        axes.set_title(f"{label}, place {rank}: {describe(row)}", fontsize=8.5)
        axes.text(0.5, -0.03, row["id"], transform=axes.transAxes, ha="center", va="top", fontsize=7.5)
        element_legend(figure, system)


def describe(row: pd.Series) -> str:
    """Formula, space group and energies of a structure, for Matplotlib."""
    return (
        f"{style.formula(row['formula'])}  {style.space_group(row['space_group'])}\n"
        f"{style.FORMATION_ENERGY} = {style.energy(row['formation_energy'])} eV/atom, "
        f"{style.HULL_ENERGY} = {style.energy(row['energy_above_hull'])} eV/atom"
    )


def say(axes: Axes, text: str) -> None:
    """A sentence in place of a picture."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, "\n".join(wrap(text, 32)), ha="center", va="center", transform=axes.transAxes)
