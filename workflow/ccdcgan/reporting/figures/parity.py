"""Predicted against computed formation energy: database (Supplementary Fig. 3a) and generated crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import style
from ccdcgan.runs.published import read_published

__all__ = ["draw_parity", "generated_parity", "parity"]


def parity(predictions: Path | str, published: Path | str, system: Sequence[str], output: Path | str) -> None:
    """Draw the constraint's predictions against the computed formation energies.

    Parameters
    ----------
    predictions
        CSV with ``id, split, formation_energy, predicted``, in eV/atom.
    published
        JSON of the paper's numbers.
    system
        Element symbols.
    output
        PNG to write, with an SVG beside it.
    """
    paper = read_published(published, system).get("constraint")
    with style.figure(output, 4.6, 5.2) as figure:
        axes = figure.subplots()
        draw_parity(axes, read_table(predictions))
        figure.legend(
            loc="outside upper left",
            title=paper and f"paper: MAE {paper['mae']:.3f} eV/atom, $R^2$ about {paper['r2']:.2f}",
            title_fontsize=8.5,
            alignment="left",
        )


def generated_parity(candidates: Mapping[str, Path | str], output: Path | str) -> None:
    """Draw the constraint's predictions for generated crystals against their formation energies after relaxation.

    Parameters
    ----------
    candidates
        Variant -> CSV of the hull stage, with ``predicted_formation_energy, formation_energy`` (eV/atom); one or more.
    output
        PNG to write, with an SVG beside it.
    """
    tables = {
        name: read_table(path)[["formation_energy", "predicted_formation_energy"]]
        .astype(float)
        .set_axis(["formation_energy", "predicted"], axis=1)
        .dropna()
        for name, path in candidates.items()
    }
    with style.figure(output, 4.6, 4.9 + 0.2 * len(tables)) as figure:
        axes = figure.subplots()
        looks = {name: style.SERIES[name] for name in tables}
        _draw(axes, {name: (look.label, look, tables[name]) for name, look in looks.items()})
        axes.set_xlabel(f"{style.FORMATION_ENERGY} after relaxation (eV/atom)")
        figure.legend(loc="outside upper left")


def draw_parity(axes: Axes, predictions: pd.DataFrame) -> None:
    """Draw both splits, their errors (over all points, shown or not) as labels, and the line of perfect prediction."""
    looks = {
        "train": style.Series("training", "0.55", "o", 14),
        "held_out": style.Series("held out", style.DATABASE.colour, "D", 20),
    }
    _draw(
        axes, {split: (look.label, look, predictions[predictions["split"] == split]) for split, look in looks.items()}
    )
    axes.set_xlabel(f"computed {style.FORMATION_ENERGY} (eV/atom)")


def _draw(axes: Axes, sets: Mapping[str, tuple[str, style.Series, pd.DataFrame]]) -> None:
    """Draw sets of points with ``formation_energy`` and ``predicted``, and count those outside of the axes."""
    columns = ["formation_energy", "predicted"]
    limits = style.robust_limits([rows[column] for _, _, rows in sets.values() for column in columns], keep=[0])
    outside = {}
    for label, look, rows in sets.values():
        axes.scatter(
            rows["formation_energy"],
            rows["predicted"],
            s=look.size,
            marker=look.marker,
            facecolors=look.colour if look.filled else "none",
            edgecolors="white" if look.filled else look.colour,
            linewidths=0.3 if look.filled else 0.9,
            label=f"{label}: {_errors(rows)}",
        )
        inside = rows[columns].apply(lambda values: values.between(*limits)).all(axis=1)
        outside[label] = f"{(~inside).sum()}" if not inside.all() else ""
    axes.plot(limits, limits, color=style.BLACK, linewidth=0.8)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    style.note_outside(axes, outside)
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
