"""The look that all figures share: fonts, colours, sizes, and files that are the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from pymatgen.symmetry.groups import sg_symbol_from_int_number
from pymatgen.util.string import latexify, latexify_spacegroup

__all__ = [
    "BLACK",
    "BLUE",
    "DATABASE",
    "ELEMENTS",
    "FORMATION_ENERGY",
    "HIGHLIGHT",
    "HULL_ENERGY",
    "MINUS",
    "SERIES",
    "Series",
    "beyond",
    "energy",
    "figure",
    "formula",
    "note_outside",
    "panel",
    "robust_limits",
    "series",
    "space_group",
]

FORMATION_ENERGY = r"$E_\mathrm{f}$"
HULL_ENERGY = r"$E_\mathrm{hull}$"
MINUS = "\N{MINUS SIGN}"

# The colours of Okabe and Ito, which the common colour-blindnesses keep apart.
BLACK = "#000000"
VERMILION = "#D55E00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
HIGHLIGHT = "#CC79A7"
GREY = "#7F7F7F"

ELEMENTS = ("#9E4FB5", "#F5A300", GREEN, SKY_BLUE, "#F0E442", VERMILION)
"""By place in the chemical system: the usual colours by element are alike for neighbours such as Bi and Sb."""

STYLE: dict[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "axes.linewidth": 0.8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "ccdcgan",
}


@dataclass(frozen=True)
class Series:
    """How one set of structures is drawn, in every figure."""

    label: str
    colour: str
    marker: str
    size: float
    """Of the marker, in points^2."""
    filled: bool = True


DATABASE = Series("database", VERMILION, "o", 9)
SERIES: Mapping[str, Series] = {
    "dcgan": Series("DCGAN", GREY, "o", 30, filled=False),
    "dcgan+constraint": Series("DCGAN + constraint", SKY_BLUE, "*", 42),
    "ccdcgan": Series("CCDCGAN", GREEN, "o", 30, filled=False),
    "flow": Series("flow", "#CC3311", "P", 30, filled=False),
    "random": Series("random crystals", "#E69F00", "v", 24, filled=False),
    "substitution": Series("substitution", BLUE, "s", 24, filled=False),
    "latents": Series("noisy latents", HIGHLIGHT, "D", 24, filled=False),
    "weighted_latents": Series("noisy latents, weighted", "#8B5A2B", "^", 24, filled=False),
}
"""Variant, model or control -> how it is drawn; colours of the models follow the paper's."""


def series(name: str) -> Series:
    """How a variant, model or control is drawn; any other training looks like CCDCGAN or the flow, under its name.

    The best of several graphs of a model is drawn like the model, in half its brightness.
    """
    base, best, count = name.partition("-best")
    family = "flow" if base.partition("-")[0] == "flow" else "ccdcgan"
    look = SERIES.get(base) or replace(SERIES[family], label=base)
    if not best:
        return look
    dark = to_hex(np.array(to_rgb(look.colour)) / 2)
    return replace(look, label=f"{look.label}, best of {count}", colour=dark, filled=True)


@contextmanager
def figure(path: Path | str, width: float, height: float) -> Iterator[Figure]:
    """Give a figure to draw on and write it at the end, as PNG (200 dpi) and, beside it, as SVG.

    The files carry no date and no random ids, and the user's own Matplotlib settings do not reach them: the same
    drawing gives the same bytes.

    Parameters
    ----------
    path
        Of the PNG; the SVG differs in the suffix only.
    width, height
        In inches.

    Raises
    ------
    ValueError
        If the path does not end in ``.png``.
    """
    path = Path(path)
    if path.suffix != ".png":
        raise ValueError(f"{path}: found suffix {path.suffix!r}, expected '.png'.")
    with matplotlib.style.context(["default", STYLE]):
        drawing = Figure(figsize=(width, height), layout="constrained")
        yield drawing
        drawing.savefig(path, metadata={"Software": None})
        drawing.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def formula(text: str) -> str:
    """Chemical formula with subscripts, for Matplotlib."""
    return str(latexify(text))


def space_group(number: int) -> str:
    """Hermann-Mauguin symbol of a space group, for Matplotlib."""
    return str(latexify_spacegroup(sg_symbol_from_int_number(number)))


def robust_limits(series: Iterable[ArrayLike], keep: ArrayLike) -> tuple[float, float]:
    """Limits of an axis that a few far outliers do not stretch.

    Parameters
    ----------
    series
        Sets of values that will be drawn. Of each, those farther than 1.5 interquartile ranges from its quartiles
        (Tukey's fences) may end up outside.
    keep
        Values that are inside in any case; at least one.

    Returns
    -------
    tuple of float
        Lower and upper limit, with a margin of 5 percent of the range.
    """
    kept = [np.asarray(keep, dtype=float)]
    for values in series:
        finite = np.asarray(values, dtype=float)
        finite = finite[np.isfinite(finite)]
        if len(finite):
            first, third = np.percentile(finite, [25, 75])
            reach = 1.5 * (third - first)
            kept.append(finite[(finite >= first - reach) & (finite <= third + reach)])
    inside = np.concatenate(kept)
    low, high = float(inside.min()), float(inside.max())
    margin = 0.05 * (high - low or 1.0)
    return low - margin, high + margin


def beyond(values: pd.Series, limits: tuple[float, float]) -> str:
    """How many values lie beyond the limits, in words; empty if none does."""
    sides = {"above": int((values > limits[1]).sum()), "below": int((values < limits[0]).sum())}
    return " and ".join(f"{count} {side}" for side, count in sides.items() if count)


def note_outside(axes: Axes, counts: Mapping[str, str]) -> None:
    """Write above the axes how many points of each series are not shown (`beyond`); nothing if all are."""
    parts = [f"{label} {count}" for label, count in counts.items() if count]
    if parts:
        axes.set_title("outside the axis: " + "; ".join(parts), loc="left", fontsize=7.5, color="0.3")


def energy(value: float) -> str:
    """Energy with three decimals, a true minus sign and no negative zero."""
    return f"{value:z.3f}".replace("-", MINUS)


def panel(axes: Axes, letter: str) -> None:
    """Letter a panel, in bold."""
    axes.set_title(letter, loc="left", fontweight="bold")
