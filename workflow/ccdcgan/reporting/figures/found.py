"""Single structures that a model made: its best new ones (Fig. S2b, c, e, f) and regenerated ones (Fig. 3d to g)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import pandas as pd
from matplotlib.axes import Axes

from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.generators.holdout import has_composition
from ccdcgan.reporting import style
from ccdcgan.reporting.figures.crystals import draw_crystal, element_legend
from ccdcgan.reporting.figures.hull import best_distinct

__all__ = ["describe", "new_structure", "regenerated", "regenerated_pair", "say"]


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
        _name(axes, row["id"])
        element_legend(figure, system)


def regenerated(
    table: Path | str,
    database: Path | str,
    database_structures: Path | str,
    candidates: Path | str,
    structures: Sequence[Path | str],
    system: Sequence[str],
    output: Path | str,
) -> None:
    """Draw a structure that a training had to do without beside what the training made of it, or say that it did not.

    Parameters
    ----------
    table
        CSV of the leave-out study.
    database, database_structures
        CSV and extended XYZ of the whole database.
    candidates
        CSV of the hull stage of the training; the name of the file is that of the training.
    structures
        Extended XYZ files that hold its relaxed candidates.
    system
        Element symbols.
    output
        PNG to write, with an SVG beside it.
    """
    study = read_table(table).set_index("model").loc[Path(candidates).stem]
    known, made = read_table(database), read_table(candidates)
    composition = str(study["composition"])
    here = {frame.info["id"]: frame for frame in read_structures(database_structures)}
    there = {frame.info["id"]: frame for path in structures for frame in read_structures(path)}
    left, right = regenerated_pair(known, made, composition)
    with style.figure(output, 5.4, 3.9) as figure:
        before, after = figure.subplots(1, 2)
        if left is None:
            say(before, f"The database holds no structure of the composition {composition}.")
        else:
            draw_crystal(before, here[left["id"]], system)
            before.set_title(f"left out: {describe(left)}", fontsize=8)
            _name(before, left["id"])
        if right is None:
            of = f"{study['decoded']:,} of this composition decoded, {study['relaxed']:,} relaxed"
            say(after, f"Not regenerated: of {study['generated']:,} graphs {of}, and none matches what was left out.")
        else:
            draw_crystal(after, there[right["id"]], system)
            after.set_title(f"regenerated: {describe(right)}", fontsize=8)
            _name(after, right["id"])
        note = (
            f"{style.formula(composition)}: {study['regenerated']:.0f} of {study['distinct_left_out']:.0f} "
            "left-out structures regenerated"
        )
        if isinstance(study["known_phase"], str):
            came = "regenerated" if str(study["known_phase_regenerated"]) == "True" else "not regenerated"
            note += f"; the known phase {came}"
        figure.suptitle(note, fontsize=9)
        element_legend(figure, system)


def regenerated_pair(
    database: pd.DataFrame, candidates: pd.DataFrame, composition: str
) -> tuple[pd.Series | None, pd.Series | None]:
    """Left-out structure to show, and the candidate that matches it.

    Parameters
    ----------
    database
        Its table, with ``id, formula, group, formation_energy``.
    candidates
        Table of the hull stage, with ``id, database_match, formation_energy``.
    composition
        Reduced formula of what was left out.

    Returns
    -------
    left : Series or None
        Row of the database: the most stable structure that is regenerated, else the most stable; None without any.
    right : Series or None
        The most stable candidate that matches it or one of its group; None if nothing is regenerated.
    """
    gone = database[has_composition(database["formula"], composition)].sort_values(["formation_energy", "id"])
    if gone.empty:
        return None, None
    group = candidates["database_match"].map(gone.set_index("id")["group"])
    found = candidates[group.notna()].assign(group=group).sort_values(["formation_energy", "id"])
    back = gone[gone["group"].isin(found["group"])]
    if back.empty:
        return gone.iloc[0], None
    left = back.iloc[0]
    return left, found[found["group"] == left["group"]].iloc[0]


def describe(row: pd.Series) -> str:
    """Formula, space group and energies of a structure, for Matplotlib."""
    return (
        f"{style.formula(row['formula'])}  {style.space_group(row['space_group'])}\n"
        f"{style.FORMATION_ENERGY} = {style.energy(row['formation_energy'])} eV/atom, "
        f"{style.HULL_ENERGY} = {style.energy(row['energy_above_hull'])} eV/atom"
    )


def _name(axes: Axes, name: str) -> None:
    """Id of a structure below its picture."""
    text = "\n".join(wrap(name, 34))
    axes.text(0.5, -0.03, text, transform=axes.transAxes, ha="center", va="top", fontsize=7.5)


def say(axes: Axes, text: str) -> None:
    """A sentence in place of a picture."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, "\n".join(wrap(text, 32)), ha="center", va="center", transform=axes.transAxes)
