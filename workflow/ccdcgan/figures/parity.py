"""Predicted against computed formation energy (Supplementary Fig. 3a)."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from ccdcgan.figures import style
from ccdcgan.structures import read_table

__all__ = ["draw_parity", "parity"]


def parity(predictions: Path | str, published: Path | str, output: Path | str) -> None:
    """Draw the constraint's predictions against the computed formation energies.

    Parameters
    ----------
    predictions
        CSV with ``id, split, formation_energy, predicted``, in eV/atom.
    published
        JSON of the paper's numbers.
    output
        PNG to write, with an SVG beside it.
    """
    paper = json.loads(Path(published).read_text())["constraint"]
    with style.figure(output, 4.6, 5.2) as figure:
        axes = figure.subplots()
        draw_parity(axes, read_table(predictions))
        figure.legend(
            loc="outside upper left",
            title=f"paper: MAE {paper['mae']:.3f} eV/atom, $R^2$ about {paper['r2']:.2f}",
            title_fontsize=8.5,
            alignment="left",
        )


def draw_parity(axes: Axes, predictions: pd.DataFrame) -> None:
    """Draw both splits, their errors (over all points, shown or not) as labels, and the line of perfect prediction."""
    limits = style.robust_limits([predictions["formation_energy"], predictions["predicted"]], keep=[0])
    outside = {}
    looks = {"train": ("training", "0.55", "o", 14), "held_out": ("held out", style.DATABASE.colour, "D", 20)}
    for split, (label, colour, marker, size) in looks.items():
        rows = predictions[predictions["split"] == split]
        axes.scatter(
            rows["formation_energy"],
            rows["predicted"],
            s=size,
            marker=marker,
            facecolors=colour,
            edgecolors="white",
            linewidths=0.3,
            label=f"{label}: {_errors(rows)}",
        )
        inside = rows[["formation_energy", "predicted"]].apply(lambda values: values.between(*limits)).all(axis=1)
        outside[label] = f"{(~inside).sum()}" if not inside.all() else ""
    axes.plot(limits, limits, color=style.BLACK, linewidth=0.8)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    style.note_outside(axes, outside)
    axes.set_xlabel(f"computed {style.FORMATION_ENERGY} (eV/atom)")
    axes.set_ylabel(f"predicted {style.FORMATION_ENERGY} (eV/atom)")


def _errors(rows: pd.DataFrame) -> str:
    """Number, mean absolute and root mean squared error, and R2 where there are two values to compare."""
    text = f"n = {len(rows):,}"
    if rows.empty:
        return text
    known, predicted = rows["formation_energy"], rows["predicted"]
    text += f", MAE {mean_absolute_error(known, predicted):.3f}, RMSE {root_mean_squared_error(known, predicted):.3f}"
    if len(rows) > 1:
        text += f", $R^2$ {r2_score(known, predicted):.2f}".replace("-", style.MINUS)
    return text
