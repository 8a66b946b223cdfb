"""Whether a model recites what it learnt from: how near its crystal graphs are to those of its training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_argmin_min

from ccdcgan.representation.crystal_graphs import CrystalGraphs

__all__ = ["Nearness", "nearest_learnt", "together"]

CONSTANT = 1e-3
"""Standard deviation below which a value of the graphs counts as the same in all of them."""


class Nearness(NamedTuple):
    """How near graphs lie to the nearest one that a model learnt from (`nearest_learnt`)."""

    generated: pd.Series
    """Distance of each generated graph, by id."""
    held_out: pd.Series
    """Distance of each held-out graph of the database, by id."""


def together(several: Sequence[Nearness]) -> Nearness | None:
    """Nearness of several trainings as one, each held-out graph once for each of them; None of none."""
    if not several:
        return None
    return Nearness(*(pd.concat([getattr(each, name) for each in several]) for name in Nearness._fields))


def nearest_learnt(
    generated: Sequence[CrystalGraphs],
    known: CrystalGraphs,
    training: NDArray[np.bool_],
    variants: CrystalGraphs | None,
    *,
    all_learnt: bool,
) -> pd.DataFrame:
    """Distance of generated graphs, and of held-out ones, to the nearest graph that a model learnt from.

    Distances are Euclidean, of the values that vary in the training set, each in its standard deviation there. A held-
    out graph is what a new crystal looks like to a model that has not seen it: samples that lie nearer are recited.

    Parameters
    ----------
    generated
        Batches of a model's graphs.
    known
        The database's.
    training
        Shape (n,), true for the graphs of the training set, of the database's n.
    variants
        Further graphs of crystals of the training set that the model learnt from; None for none.
    all_learnt
        Whether the model learnt from the held-out graphs as well, as the GANs do: for its samples they count among the
        learnt ones.

    Returns
    -------
    DataFrame
        Columns ``id``, ``side`` (``generated`` or ``held_out``), ``nearest`` (id of the learnt graph), ``distance``.
    """
    rows, ids = _rows(known.graphs), np.array(known.ids)
    spread = rows[training].std(axis=0)
    places = np.flatnonzero(spread > CONSTANT)
    learnt, names = rows[training], ids[training]
    if variants is not None:
        learnt, names = np.concatenate([learnt, _rows(variants.graphs)]), np.concatenate([names, variants.ids])
    held_out = (rows[~training], ids[~training])
    seen = (learnt, names)
    if all_learnt:
        seen = (np.concatenate([learnt, held_out[0]]), np.concatenate([names, held_out[1]]))
    sets = [("held_out", *held_out, learnt, names)]
    sets += [("generated", _rows(each.graphs), np.array(each.ids), *seen) for each in generated]
    tables = []
    for side, points, own, among, called in sets:
        if len(points) and len(places):
            scaled = [part[:, places] / spread[places] for part in (points, among)]
            found, distances = pairwise_distances_argmin_min(*scaled)
            tables.append(pd.DataFrame({"id": own, "side": side, "nearest": called[found], "distance": distances}))
    columns = ["id", "side", "nearest", "distance"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _rows(graphs: NDArray[np.float32]) -> NDArray[np.float64]:
    return graphs.reshape(len(graphs), -1).astype(np.float64)
