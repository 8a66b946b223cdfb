"""Crystals of the database above their 2D crystal graphs (Fig. 1d), and the drawing of a crystal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
from ase import Atoms
from ase.build import niggli_reduce
from ase.data import covalent_radii
from ase.visualize.plot import plot_atoms_raw
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pymatgen.core import Composition

from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.reporting import style
from ccdcgan.representation.crystal_graphs import read_graphs

__all__ = ["choose", "crystals_and_graphs", "draw_crystal", "element_legend"]

VIEW = "-80x,-15y,0z"
"""From slightly above the plane of a and b, c upwards."""
LABEL = 26
"""Letters of an id that fit below a graph in one line."""
RADIUS = 0.55
"""Of a drawn atom, as a fraction of its covalent radius."""
ON_BOUNDARY = 0.01
"""An atom this near to a face of the cell, in fractional coordinates, is drawn on the opposite face as well."""


def crystals_and_graphs(
    structures: Path | str,
    database: Path | str,
    graphs: Path | str,
    published: Path | str,
    system: Sequence[str],
    output: Path | str,
    *,
    count: int = 4,
) -> None:
    """Draw some crystals of the database, each above its 2D crystal graph.

    Parameters
    ----------
    structures
        Extended XYZ of the database.
    database
        CSV of the database.
    graphs
        HDF5 of its crystal graphs.
    published
        JSON of the paper's numbers; the formulas that the paper shows come first where the database has them.
    system
        Element symbols.
    output
        PNG to write, with an SVG beside it.
    count
        Largest number of crystals.
    """
    images = read_graphs(graphs)
    table = read_table(database)
    preferred = json.loads(Path(published).read_text())["shown_crystals"]
    ids = choose(table[table["id"].isin(images.ids)], preferred, count)
    atoms = {frame.info["id"]: frame for frame in read_structures(structures)}
    rows = table.set_index("id").to_dict("index")
    with style.figure(output, 2.1 * len(ids) + 0.9, 4.6) as figure:
        panels = figure.subplots(2, len(ids), squeeze=False, height_ratios=(1.25, 1))
        # One scale for all graphs, symmetric, so that white is zero.
        reach = max(float(np.abs(images.graphs[images.ids.index(name)]).max()) for name in ids)
        for (crystal, image), name in zip(panels.T, ids, strict=True):
            draw_crystal(crystal, atoms[name], system)
            row = rows[name]
            crystal.set_title(
                f"{style.formula(row['formula'])}  {style.space_group(row['space_group'])}\n"
                f"{style.FORMATION_ENERGY} = {style.energy(row['formation_energy'])} eV/atom",
                fontsize=9,
            )
            drawn = image.imshow(images.graphs[images.ids.index(name)], cmap="RdBu_r", vmin=-reach, vmax=reach)
            image.set(xticks=[], yticks=[], xlabel="\n".join(wrap(name, LABEL)))
            image.xaxis.label.set_fontsize(7.5)
        figure.colorbar(drawn, ax=list(panels[1]), label="value of the graph", shrink=0.9, pad=0.02)
        element_legend(figure, system)


def choose(table: pd.DataFrame, preferred: Sequence[str], count: int) -> list[str]:
    """Ids of crystals worth showing: of each preferred formula the most stable, then the most stable others.

    Parameters
    ----------
    table
        Columns ``id``, ``formula`` and ``energy_above_hull``.
    preferred
        Formulas, compared as the numbers of atoms in the cell: Bi4Se4 is not BiSe, but is Se4Bi4.
    count
        How many; fewer if the table has fewer different formulas.
    """
    ordered = table.sort_values(["energy_above_hull", "id"])
    best: dict[Composition, str] = {}
    for name, formula in zip(ordered["id"], ordered["formula"], strict=True):
        best.setdefault(Composition(formula), name)
    wanted = [Composition(formula) for formula in preferred]
    order = [cell for cell in wanted if cell in best] + [cell for cell in best if cell not in wanted]
    return [best[cell] for cell in order[:count]]


def draw_crystal(axes: Axes, atoms: Atoms, system: Sequence[str]) -> None:
    """Draw the Niggli cell of a crystal, with the images of the atoms on its faces.

    Parameters
    ----------
    axes
        To draw on.
    atoms
        The crystal; not changed.
    system
        Element symbols, in the order of the colours.
    """
    cell = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    niggli_reduce(cell)
    cell.set_cell(cell.cell.standard_form()[0], scale_atoms=True)
    cell.wrap(eps=ON_BOUNDARY)
    images = cell.repeat((2, 2, 2))
    inside = (cell.cell.scaled_positions(images.positions) < 1 + ON_BOUNDARY).all(axis=1)
    shown = images[inside]
    shown.set_cell(cell.cell)
    plot_atoms_raw(
        shown,
        axes,
        rotation=VIEW,
        radii=RADIUS * covalent_radii[shown.numbers],
        colors=[_colour(symbol, system) for symbol in shown.symbols],
        show_unit_cell=2,
    )
    # Flat and tall cells alike begin at the top, below their titles.
    axes.set_anchor("N")
    axes.set_axis_off()


def element_legend(figure: Figure, system: Sequence[str]) -> None:
    """Legend of the colours of the elements, below the figure."""
    handles = [
        Line2D([], [], linestyle="", marker="o", markeredgecolor="k", color=_colour(symbol, system), label=symbol)
        for symbol in system
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def _colour(symbol: str, system: Sequence[str]) -> str:
    return style.ELEMENTS[system.index(symbol) % len(style.ELEMENTS)]
