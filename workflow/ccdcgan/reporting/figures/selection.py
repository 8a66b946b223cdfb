"""Which known phases the selection of prototypes keeps (Supplementary Fig. 1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from ase import Atoms
from ase.build import niggli_reduce
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter
from pymatgen.util.string import latexify_spacegroup

from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.prototypes.filling import longest_edge
from ccdcgan.reporting import style

__all__ = ["draw_selection", "selection", "sizes"]

LABEL_GAP = 0.035
"""Least distance of two labels beside the axes, as a fraction of their height."""


def selection(
    structures: Path | str,
    table: Path | str,
    published: Path | str,
    output: Path | str,
    *,
    max_atoms: int,
    max_length: float | None,
) -> None:
    """Draw the size of the known phases, and the sizes that the selection keeps.

    Parameters
    ----------
    structures
        Extended XYZ of the relaxed known phases.
    table
        CSV of the known phases.
    published
        JSON of the paper's numbers, for the known phases in its database.
    output
        PNG to write, with an SVG beside it.
    max_atoms
        Most atoms in the primitive cell.
    max_length
        Bound of the longest edge of its Niggli cell, in angstrom; None: that which follows from the elements.
    """
    known = read_table(table).set_index("id")
    atoms = [frame for frame in read_structures(structures) if frame.info["id"] in known.index]
    phases = sizes(atoms).join(known["database_match"])
    paper = json.loads(Path(published).read_text())["known_phases"]
    edge = longest_edge(max_length, sorted({symbol for frame in atoms for symbol in frame.symbols}))
    missing = [style.formula(name) for name in known.index[known["status"] == "missing"]]
    with style.figure(output, 6.4, 4.8) as figure:
        axes = figure.subplots()
        draw_selection(axes, phases, paper["in_database"], max_atoms=max_atoms, max_length=edge)
        figure.legend(loc="outside upper center", ncols=2)
        if missing:
            note = f"not drawn, for want of a structure: {', '.join(missing)}"
            axes.set_title(note, loc="left", fontsize=7.5, color="0.3")


def sizes(structures: Sequence[Atoms]) -> pd.DataFrame:
    """Number of atoms and longest edge of the Niggli cell (angstrom) of primitive cells, by id."""
    rows = []
    for atoms in structures:
        cell = Atoms(cell=atoms.cell, pbc=True)
        niggli_reduce(cell)
        rows.append((atoms.info["id"], len(atoms), float(cell.cell.lengths().max())))
    return pd.DataFrame(rows, columns=["id", "n_atoms", "longest_edge"]).set_index("id")


def draw_selection(
    axes: Axes, phases: pd.DataFrame, in_paper: Sequence[str], *, max_atoms: int, max_length: float
) -> None:
    """Draw the longest edge against the number of atoms: filled where the run's database holds the phase.

    Parameters
    ----------
    axes
        To draw on.
    phases
        By id, with ``n_atoms``, ``longest_edge`` (angstrom) and ``database_match``.
    in_paper
        Ids of those that the paper's database holds: triangles.
    max_atoms, max_length
        Of the selection; the edge must be shorter, the number of atoms may be equal.
    """
    edges = [*phases["longest_edge"], max_length]
    right = max([*phases["n_atoms"], max_atoms])
    axes.set_yscale("log")
    axes.set(xlim=(0, 1.35 * right), ylim=(min(edges) / 1.5, 1.2 * max(edges)))
    area = Rectangle((0, 0), max_atoms + 0.5, max_length, color=style.SKY_BLUE, alpha=0.3, linewidth=0)
    area.set_label("kept by the selection")
    axes.add_patch(area)
    kept = (phases["n_atoms"] <= max_atoms) & (phases["longest_edge"] < max_length)
    here = phases["database_match"].notna()
    paper = pd.Series(phases.index.isin(list(in_paper)), phases.index)
    for label, chosen, marker, face in (
        ("in the paper's and in this database", paper & here, "^", style.BLACK),
        ("in the paper's database only", paper & ~here, "^", "white"),
        ("in this database only", ~paper & here, "o", style.BLACK),
        ("in neither", ~paper & ~here, "o", "white"),
    ):
        rows = phases[chosen]
        axes.scatter(
            rows["n_atoms"],
            rows["longest_edge"],
            marker=marker,
            s=34,
            facecolors=face,
            edgecolors=style.BLACK,
            label=f"{label} (n = {len(rows)})",
            zorder=3,
        )
    _label(axes, phases.assign(kept=kept), 1.1 * right)
    axes.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
    axes.set_yticks([tick for tick in (5, 10, 20, 50, 100, 200) if axes.get_ylim()[0] < tick < axes.get_ylim()[1]])
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel="atoms in the primitive cell", ylabel="longest edge of the Niggli cell (Å)")


def _label(axes: Axes, phases: pd.DataFrame, x: float) -> None:
    """Names in a column on the right, in the order of the edges, each with a thin line to its point."""
    ordered = phases.sort_values(["longest_edge", "n_atoms"])
    points = axes.transAxes.inverted().transform(
        axes.transData.transform(ordered[["n_atoms", "longest_edge"]].to_numpy(float))
    )
    places = points[:, 1]
    for rank in range(1, len(places)):
        places[rank] = max(places[rank], places[rank - 1] + LABEL_GAP)
    for (name, row), place in zip(ordered.iterrows(), places, strict=True):
        formula, dash, symmetry = str(name).partition("-")
        axes.annotate(
            style.formula(formula) + (f" ({latexify_spacegroup(symmetry)})" if dash else ""),
            (row["n_atoms"], row["longest_edge"]),
            (x, place),
            textcoords=("data", "axes fraction"),
            va="center",
            fontsize=7.5,
            color=style.BLUE if row["kept"] else style.BLACK,
            arrowprops={"arrowstyle": "-", "color": "0.7", "linewidth": 0.5, "shrinkB": 4},
        )
