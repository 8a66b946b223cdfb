"""Leave-out trainings: which crystals of the database a network may see."""

from __future__ import annotations

import pandas as pd
from pymatgen.core import Composition

from ccdcgan.generators.names import NO_HOLDOUT

__all__ = ["LEFT_OUT", "has_composition", "sides"]

LEFT_OUT = "left_out"
"""Side of the crystals that no network of a leave-out training ever sees."""


def has_composition(formulas: pd.Series, composition: str) -> pd.Series:
    """Whether each formula is one of a composition, however many formula units the cell holds."""
    wanted = Composition(composition).reduced_composition
    return formulas.map(lambda formula: Composition(formula).reduced_composition == wanted).astype(bool)


def sides(database: pd.DataFrame, holdout: str) -> pd.Series:
    """Side of every crystal: ``"train"``, ``"held_out"``, or ``"left_out"`` for those of the composition left out.

    Parameters
    ----------
    database
        The database's table, with columns ``id``, ``formula`` and ``split``.
    holdout
        Reduced formula of the composition to leave out, or ``"none"``.

    Returns
    -------
    Series
        By id.
    """
    split = database.set_index("id")["split"]
    if holdout == NO_HOLDOUT:
        return split
    return split.mask(has_composition(database.set_index("id")["formula"], holdout), LEFT_OUT)
