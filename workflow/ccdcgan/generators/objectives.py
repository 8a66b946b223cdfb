"""Objectives of CCDCGAN beside the formation energy: where the values of a property come from.

Imported by the Snakefile, so nothing heavy stands here.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROPERTIES", "check_objectives", "property_values"]

PROPERTIES = ("x", "n_atoms", "space_group", "energy_per_atom", "energy_above_hull", "disagreement", "volume_per_atom")
"""Numeric columns of the database's table, besides the formation energy."""


def check_objectives(config: Config) -> None:
    """Refuse objectives whose values cannot be had.

    Raises
    ------
    ConfigError
        If a property is no numeric column of the database's table or of the table that the objective names.
    """
    for number, objective in enumerate(config.objectives):
        key = f"config key 'objectives.{number}'"
        if objective.table is None:
            if objective.property not in PROPERTIES:
                raise ConfigError(
                    f"{key}: found property {objective.property!r}, expected {', '.join(PROPERTIES)}, or a table."
                )
            continue
        try:
            with Path(objective.table).open(newline="") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(f"{key}: found {objective.table} ({error}), expected a readable CSV table.") from error
        columns = rows[0].keys() if rows else ()
        for column in ("id", objective.property):
            if column not in columns:
                raise ConfigError(f"{key}: found no column {column!r} in {objective.table}, expected one.")
        for row in rows:
            if row[objective.property] and not _finite(row[objective.property]):
                raise ConfigError(
                    f"{key}: found {row[objective.property]!r} for {row['id']} in {objective.table}, expected a number."
                )


def _finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def property_values(name: str, database: pd.DataFrame, table: pd.DataFrame | None) -> pd.Series:
    """Value of a property for every structure of the database, by id; NaN where the table has none.

    Parameters
    ----------
    name
        Of the column.
    database
        The database's table.
    table
        The one that holds the property instead, with a column ``id``; None: the database's.
    """
    if table is None:
        return database.set_index("id")[name].astype(float)
    return table.drop_duplicates("id").set_index("id")[name].astype(float).reindex(database["id"])
