"""Formation energy against composition, with the convex hull of the database (Fig. 2b, 3b)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.database.hull import phase_diagram
from ccdcgan.reporting import style
from ccdcgan.reporting.figures.crystals import draw_crystal, element_legend

__all__ = [
    "best_distinct",
    "draw_hull",
    "energy_axis",
    "hull_line",
    "hull_scatter",
    "hull_with_best",
    "read_variants",
]

AXES = {
    "formation_energy": f"formation energy {style.FORMATION_ENERGY}",
    "energy_above_hull": f"energy above hull {style.HULL_ENERGY}",
}
"""Column of the tables -> label of the axis."""


def hull_scatter(
    database: Path | str,
    candidates: Mapping[str, Path | str],
    system: Sequence[str],
    output: Path | str,
    *,
    known: Path | str | None = None,
) -> None:
    """Formation energy of database and candidates against composition, with the hull.

    With more than two elements a section along one fraction shows no hull: the energy above it takes the place of the
    formation energy.

    Parameters
    ----------
    database
        CSV of the database.
    candidates
        Variant -> CSV of the hull stage; a variant without candidates shows in the legend only.
    system
        Element symbols; the axis is the atomic fraction of the last one.
    output
        PNG to write, with an SVG beside it.
    known
        CSV of the known phases; None draws none.
    """
    with style.figure(output, 6.4, 4.6) as figure:
        axes = figure.subplots()
        draw_hull(axes, read_table(database), read_variants(candidates), system, known=_read_known(known))
        figure.legend(loc="outside upper center", ncols=2)


def hull_with_best(
    database: Path | str,
    candidates: Mapping[str, Path | str],
    structures: Sequence[Path | str],
    system: Sequence[str],
    output: Path | str,
    *,
    known: Path | str | None = None,
    best: int = 3,
    generated: int | None = None,
) -> None:
    """Like `hull_scatter`, with the best distinct candidates numbered in the plot and drawn beside it.

    Parameters
    ----------
    database, candidates, system, output, known
        As for `hull_scatter`.
    structures
        Extended XYZ files that hold the relaxed candidates.
    best
        How many to draw, at most (`best_distinct`); at least 1.
    generated
        Crystal graphs that the candidates come from, written above the plot; None for no such note.
    """
    tables = read_variants(candidates)
    chosen = best_distinct(tables.values(), best)
    atoms = {frame.info["id"]: frame for path in structures for frame in read_structures(path)}
    with style.figure(output, 9.0 if len(chosen) else 6.4, 5.2) as figure:
        columns = [2.6, 1] if len(chosen) else [1]
        layout = figure.add_gridspec(best, len(columns), width_ratios=columns)
        axes = figure.add_subplot(layout[:, 0])
        room = 0.15 if len(chosen) else 0
        draw_hull(
            axes,
            read_table(database),
            tables,
            system,
            known=_read_known(known),
            keep=list(chosen[energy_axis(system)]),
            room_below=room,
        )
        if generated is not None:
            axes.set_title(f"of {generated:,} crystal graphs", loc="right", fontsize=7.5, color="0.3")
        _number(axes, chosen["x"].to_numpy(float), chosen[energy_axis(system)].to_numpy(float))
        for position, (_, row) in enumerate(chosen.iterrows()):
            crystal = figure.add_subplot(layout[position, 1])
            draw_crystal(crystal, atoms[row["id"]], system)
            crystal.set_title(_describe(position + 1, row), fontsize=8)
        figure.legend(loc="outside upper center", ncols=3)
        if len(chosen):
            element_legend(figure, system)


def best_distinct(tables: Iterable[pd.DataFrame], best: int) -> pd.DataFrame:
    """Rows of the distinct candidates with the lowest energies above hull, lowest first."""
    rows = pd.concat([table[table["distinct"].astype(bool)] for table in tables])
    return rows.drop_duplicates("id").sort_values(["energy_above_hull", "id"]).head(best)


def draw_hull(
    axes: Axes,
    database: pd.DataFrame,
    candidates: Mapping[str, pd.DataFrame],
    system: Sequence[str],
    *,
    known: pd.DataFrame | None = None,
    keep: Sequence[float] = (),
    room_below: float = 0.0,
) -> None:
    """Draw the points of database and candidates, the hull, and how many points lie outside the axis.

    With more than two elements the axis is the energy above the hull, which is the line at zero.

    Parameters
    ----------
    axes
        To draw on.
    database, candidates
        Columns ``x`` (fraction of the last element), ``formation_energy`` and ``energy_above_hull`` (eV/atom).
    system
        Element symbols.
    known
        Columns ``x``, both energies, ``database_match`` and ``<variant>_match`` of the known phases.
    keep
        Energies that are inside the axis in any case; those of the hull always are.
    room_below
        Space to leave free below the points, as a fraction of the axis.
    """
    series = [(style.DATABASE, database)] + [(style.SERIES[name], table) for name, table in candidates.items()]
    line = hull_line(database, system) if len(system) == 2 else np.zeros((1, 2))
    column = energy_axis(system)
    energies = {look.label: table[column].astype(float) for look, table in series}
    low, high = style.robust_limits(energies.values(), keep=[*line[:, 1], *keep])
    low -= room_below * (high - low)
    axes.axhline(0, color="0.75", linewidth=0.6, zorder=0)
    if not (database["formation_energy"].astype(float) < 0).any():
        axes.annotate(
            "no compound of the database lies below the elements", (0.5, 0.03), xycoords="axes fraction", ha="center"
        )
    for order, (look, table) in enumerate(series, start=2):
        _scatter(axes, table["x"].astype(float), energies[look.label], look, order)
    if known is not None:
        _draw_known(axes, known.assign(energy=known[column]), list(candidates), order=len(series) + 3)
    if len(system) == 2:
        axes.plot(*line.T, "-", color=style.BLACK, linewidth=1.1, label="hull of the database", zorder=len(series) + 2)
        axes.set_xlabel(f"$x$ in {system[0]}$_{{1-x}}${system[1]}$_x$")
    else:
        axes.set_xlabel(f"atomic fraction of {system[-1]}")
    axes.set(xlim=(-0.02, 1.02), ylim=(low, high), ylabel=f"{AXES[column]} (eV/atom)")
    first = system[0] if len(system) == 2 else "others"
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], [f"0\n{first}", "0.2", "0.4", "0.6", "0.8", f"1\n{system[-1]}"])
    style.note_outside(axes, {label: style.beyond(values, (low, high)) for label, values in energies.items()})


def energy_axis(system: Sequence[str]) -> str:
    """Column of the energies that are drawn for a system: beyond two elements the hull is no line."""
    return "formation_energy" if len(system) == 2 else "energy_above_hull"


def _scatter(axes: Axes, x: pd.Series, energies: pd.Series, look: style.Series, order: int) -> None:
    axes.scatter(
        x,
        energies,
        s=look.size,
        marker=look.marker,
        facecolors=look.colour if look.filled else "none",
        edgecolors=look.colour,
        linewidths=0.4 if look.filled else 0.9,
        label=f"{look.label} (n = {len(x):,})",
        zorder=order,
        # Ten thousand points are a picture inside the SVG, so that it stays small.
        rasterized=True,
    )


def hull_line(database: pd.DataFrame, system: Sequence[str]) -> np.ndarray:
    """Corners of the convex hull of a binary database, with both elements at zero.

    Returns
    -------
    ndarray
        Shape (corners, 2): fraction of the second element and formation energy in eV/atom, from left to right.
    """
    diagram = phase_diagram(list(database["formula"]), list(database["formation_energy"]), dict.fromkeys(system, 0.0))
    corners = {
        (entry.composition.get_atomic_fraction(system[-1]), entry.energy_per_atom) for entry in diagram.stable_entries
    }
    return np.array(sorted(corners))


def _draw_known(axes: Axes, known: pd.DataFrame, variants: Sequence[str], order: int) -> None:
    """Triangles at the known phases' ``energy``: filled where a structure of the database or of a variant is one."""
    in_database = known["database_match"].notna()
    found = known[[f"{variant}_match" for variant in variants]].notna().any(axis=1) & ~in_database
    for label, chosen, face in (
        ("known phase, in the database", in_database, style.BLACK),
        ("known phase, found here only", found, style.BLUE),
        ("known phase, in neither", ~in_database & ~found, "white"),
    ):
        rows = known[chosen & known["energy"].notna()]
        if len(rows):
            axes.scatter(
                rows["x"].astype(float),
                rows["energy"].astype(float),
                s=34,
                marker="^",
                facecolors=face,
                edgecolors=style.BLACK,
                linewidths=0.8,
                label=f"{label} (n = {len(rows)})",
                zorder=order,
            )


def _read_known(path: Path | str | None) -> pd.DataFrame | None:
    return None if path is None else read_table(path)


def read_variants(candidates: Mapping[str, Path | str]) -> dict[str, pd.DataFrame]:
    """Tables of the hull stage, by variant."""
    return {name: read_table(path) for name, path in candidates.items()}


def _number(axes: Axes, x: np.ndarray, energies: np.ndarray) -> None:
    """Mark points, and number them along the bottom of the axes, where labels cannot hide each other."""
    axes.scatter(x, energies, s=70, facecolors="none", edgecolors=style.HIGHLIGHT, linewidths=1.8, zorder=20)
    order = np.argsort(x, kind="stable")
    places = np.clip(x[order], 0.05, 0.95)
    for rank in range(1, len(places)):
        places[rank] = max(places[rank], places[rank - 1] + 0.07)
    places -= max(places[-1] - 0.95, 0) if len(places) else 0
    for place, index in zip(places, order, strict=True):
        axes.annotate(
            str(index + 1),
            (x[index], energies[index]),
            (place, 0.05),
            textcoords=("data", "axes fraction"),
            ha="center",
            va="center",
            fontweight="bold",
            zorder=21,
            bbox={"boxstyle": "circle", "facecolor": "white", "edgecolor": style.HIGHLIGHT},
            arrowprops={"arrowstyle": "-", "color": style.HIGHLIGHT, "linewidth": 1, "shrinkB": 4},
        )


def _describe(number: int, row: pd.Series) -> str:
    return (
        f"{number}: {style.formula(row['formula'])}  {style.space_group(row['space_group'])}\n"
        f"{style.FORMATION_ENERGY} = {style.energy(row['formation_energy'])} eV/atom\n"
        f"{style.HULL_ENERGY} = {style.energy(row['energy_above_hull'])} eV/atom"
    )
