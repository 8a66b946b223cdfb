"""What the flow is told of each crystal, and what it can be asked for.

Imported by the Snakefile, so nothing heavy stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import ConfigError
from ccdcgan.config.flow import COMPOSITION, parse_asked
from ccdcgan.generators.objectives import PROPERTIES, property_values

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_asked", "check_conditions", "condition_names", "condition_values"]


def condition_names(conditions: Iterable[str], system: Sequence[str]) -> list[str]:
    """Names of single conditions: the composition is one for each element."""
    return [name for each in conditions for name in (system if each == COMPOSITION else [each])]


def check_conditions(config: Config) -> None:
    """Refuse conditions whose values cannot be had, and to ask for what is none.

    Raises
    ------
    ConfigError
        If a condition is no numeric column of the database's table, nor the property of an objective, nor the
        composition; or for one of `check_asked`.
    """
    possible = ["formation_energy", *PROPERTIES, COMPOSITION]
    possible += [objective.property for objective in config.objectives if objective.property not in possible]
    for number, name in enumerate(config.flow.conditions):
        if name not in possible:
            raise ConfigError(
                f"config key 'flow.conditions.{number}': found {name!r}, expected one of {', '.join(possible)}."
            )
    names = condition_names(config.flow.conditions, config.system)
    if len(set(names)) < len(names):
        raise ConfigError(
            f"config key 'flow.conditions': found {', '.join(names)}, expected different names of properties and "
            "elements."
        )
    try:
        check_asked(dict(map(parse_asked, config.flow.ask)), config.flow.conditions, config.system)
    except ValueError as error:
        raise ConfigError(f"config key 'flow.ask': {error}.") from error


def check_asked(asked: Mapping[str, float], conditions: Sequence[str], system: Sequence[str]) -> None:
    """Refuse to ask for what the flow is not told, or for fractions that no crystal has.

    Raises
    ------
    ValueError
        If a name is no condition, a fraction lies outside [0, 1], or fractions add up to more than 1, or to less where
        all are given.
    """
    names = condition_names(conditions, system)
    for name in asked:
        if name not in names:
            raise ValueError(f"found {name}, expected one of flow.conditions ({', '.join(names) or 'none'})")
    fractions = {name: value for name, value in asked.items() if name in system}
    for name, value in fractions.items():
        if not 0 <= value <= 1:
            raise ValueError(f"found {name}={value:g}, expected a fraction from 0 to 1")
    total = sum(fractions.values())
    if total > 1 + 1e-6 or (len(fractions) == len(system) and total < 1 - 1e-6):
        raise ValueError(f"found fractions of elements that add up to {total:g}, expected 1")


def condition_values(
    conditions: Sequence[str], database: pd.DataFrame, tables: Mapping[str, pd.DataFrame], system: Sequence[str]
) -> pd.DataFrame:
    """Values of all single conditions for every crystal of the database, by id; nan where one is not known.

    Parameters
    ----------
    conditions
        As the config names them.
    database
        The database's table.
    tables
        Property -> the user's table that holds it, for those that are no column of the database's.
    system
        Element symbols.
    """
    import pandas as pd
    from pymatgen.core import Composition

    columns: dict[str, pd.Series] = {}
    for name in conditions:
        if name == COMPOSITION:
            formulas = database.set_index("id")["formula"].map(Composition)
            for symbol in system:
                columns[symbol] = formulas.map(lambda whole, symbol=symbol: whole.get_atomic_fraction(symbol))
        else:
            columns[name] = property_values(name, database, tables.get(name))
    return pd.DataFrame(columns, index=pd.Index(database["id"], name="id"), dtype=float)
