"""Settings of space groups: which operators a Hall symbol, a Hermann-Mauguin symbol, a number or a list of them means.

Settings and their names are those of gemmi's and of spglib's tables; a name that means several settings gives all of
them, and none is taken by default.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import gemmi
import numpy as np
import spglib
from numpy.typing import NDArray
from pymatgen.core import Lattice

from ccdcgan.crystals.structures import Reason, Rejected

__all__ = ["Setting", "by_hall", "by_name", "by_number", "by_operators", "identity"]

DENOMINATOR: int = gemmi.Op.DEN
"""Translations are whole numbers of this part of a cell vector."""
MAX_OPERATORS = 1000
"""A longer list is refused."""
LAST_SETTING = 530
"""Number of spglib's settings."""
CHOICES = {"o1": "1", "o2": "2", "hr": "h", "s": "", "z": ""}
"""Other words for a choice of origin or axes; empty: they do not settle it here."""


@dataclass(frozen=True)
class Setting:
    """A space group with its axes and its origin."""

    name: str
    """As messages call it."""
    number: int
    """Of the International Tables."""
    rotations: NDArray[np.int64] = field(repr=False)
    """Shape (n, 3, 3): a position x goes to ``rotations @ x + translations``."""
    translations: NDArray[np.float64] = field(repr=False)
    """Shape (n, 3)."""

    @property
    def key(self) -> frozenset[tuple[int, ...]]:
        """The operators in whole numbers: equal for equal operators in any order."""
        return _key(self.rotations, np.rint(self.translations * DENOMINATOR).astype(int))

    def strain(self, lattice: Lattice) -> float:
        """How far the operators are from keeping the lattice: largest change of a scalar product of unit vectors."""
        metric = lattice.matrix @ lattice.matrix.T
        changed = np.einsum("nji,jk,nkl->nil", self.rotations, metric, self.rotations)
        lengths = np.sqrt(np.diag(metric))
        return float(np.abs((changed - metric) / np.outer(lengths, lengths)).max())


def _key(rotations: NDArray[np.int64], parts: NDArray[np.int64]) -> frozenset[tuple[int, ...]]:
    rows = np.concatenate([rotations.reshape(len(rotations), 9), parts % DENOMINATOR], axis=1)
    return frozenset(map(tuple, rows.tolist()))


def _setting(name: str, operators: Iterable[gemmi.Op], number: int | None = None) -> Setting:
    """Of operators, each once; the number follows from them where none is given."""
    unique = list({operator.wrap().triplet(): operator.wrap() for operator in operators}.values())
    rotations = np.array([operator.rot for operator in unique])
    if (rotations % DENOMINATOR).any():
        raise Rejected(Reason.UNREADABLE, f"{name}: found an operator with fractions of axes")
    rotations //= DENOMINATOR
    translations = np.array([operator.tran for operator in unique]) / DENOMINATOR
    if number is None:
        number = _number(name, rotations, translations)
    return Setting(name, number, rotations, translations)


def _number(name: str, rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> int:
    """Number of the space group of operators, which must be a whole group."""
    parts = np.rint(translations * DENOMINATOR).astype(int)
    known = _key(rotations, parts)
    for rotation, part in zip(rotations, parts, strict=True):
        if not _key(rotations @ rotation, np.einsum("nij,j->ni", rotations, part) + parts) <= known:
            raise Rejected(Reason.UNREADABLE, f"{name}: found operators that are no group, as some are missing")
    kind = spglib.get_spacegroup_type_from_symmetry(rotations, translations)
    if kind is None:
        raise Rejected(Reason.UNREADABLE, f"{name}: found operators of no space group")
    return int(kind.number)


def identity() -> Setting:
    """The setting of P 1."""
    return by_hall("P 1")


def by_operators(triplets: Sequence[str]) -> Setting:
    """The setting that a list of operators such as ``-x,y+1/2,-z`` spans.

    Raises
    ------
    Rejected
        ``unreadable`` if one of them is none, or if they are no group.
    """
    if len(triplets) > MAX_OPERATORS:
        raise Rejected(Reason.UNREADABLE, f"found {len(triplets)} operators, at most {MAX_OPERATORS} are read")
    operators = []
    for triplet in triplets:
        if set(re.findall("[a-z]", triplet.lower())) != {*"xyz"}:
            raise Rejected(Reason.UNREADABLE, f"found {triplet!r}, expected an operator such as -x,y+1/2,-z")
        try:
            operators.append(gemmi.Op(triplet))
        except (RuntimeError, ValueError) as error:
            raise Rejected(Reason.UNREADABLE, f"found {triplet!r}, expected an operator ({error})") from error
    return _setting(f"its {len(triplets)} operators", operators)


def by_hall(symbol: str) -> Setting:
    """The setting that a Hall symbol means.

    Raises
    ------
    Rejected
        ``unreadable`` if it is none.
    """
    name = f"Hall symbol {symbol!r}"
    try:
        operators = gemmi.symops_from_hall(symbol.replace("''", '"'))
    except (RuntimeError, ValueError) as error:
        raise Rejected(Reason.UNREADABLE, f"{name}: found no such setting ({error})") from error
    return _setting(name, operators)


@dataclass(frozen=True)
class _Tables:
    """Gemmi's and spglib's tables in one."""

    settings: list[Setting]
    names: dict[str, set[int]]
    """Indices of the settings that a name without blanks, in small letters and without choice, means."""
    choices: list[set[str]]
    """What may stand behind the colon, for each setting."""
    standard: set[int]
    """Those that spglib knows: a number alone means none of gemmi's further ones, such as F -1."""


@cache
def _tables() -> _Tables:
    settings: list[Setting] = []
    places: dict[frozenset[tuple[int, ...]], int] = {}
    names: dict[str, set[int]] = defaultdict(set)
    choices: list[set[str]] = []
    standard: set[int] = set()

    def enter(setting: Setting, known_as: Iterable[str], chosen: Iterable[str]) -> None:
        place = places.setdefault(setting.key, len(settings))
        if place == len(settings):
            settings.append(setting)
            choices.append(set())
        choices[place].update(each.lower() for each in chosen if each.strip("\0"))
        for name in known_as:
            names[_plain(name)].add(place)

    for group in gemmi.spacegroup_table():
        known_as = [group.hm, group.short_name()]
        if group.qualifier.lstrip("-").startswith(("b", "c")) and group.number <= 15:
            known_as.append("".join(word for word in group.hm.split() if word != "1"))  # P 21/a for either unique axis
        if group.ext == "H":
            known_as.append(group.hm.replace("R", "H", 1))
        if group.number >= 200:
            known_as.append(group.hm.replace("-3", "3"))  # P m 3 m, before 1995
        setting = _setting(group.xhm(), group.operations(), group.number)
        enter(setting, known_as, [group.ext, group.qualifier, group.ext + group.qualifier])
    for index in range(1, LAST_SETTING + 1):
        kind = spglib.get_spacegroup_type(index)
        pieces = kind.international.split("=")
        known_as = [kind.international_full, *(pieces[1:] or pieces)]
        setting = _setting(f"{kind.international_full}:{kind.choice}", gemmi.symops_from_hall(kind.hall_symbol))
        short = kind.choice.lstrip("-")[:1]
        enter(setting, known_as, [kind.choice, short if short.isdecimal() or kind.number <= 15 else ""])
        standard.add(places[setting.key])
    return _Tables(settings, dict(names), choices, standard)


def _plain(name: str) -> str:
    return re.sub(r"[\s_()~]", "", name).replace("\N{MINUS SIGN}", "-").lower()


def by_name(symbol: str, code: str = "") -> list[Setting]:
    """All settings that a Hermann-Mauguin symbol means, short or full, with its choice of origin and axes or without.

    Parameters
    ----------
    symbol
        For example ``F d -3 m``, ``Fd-3m:2``, ``P 1 21/n 1``, ``R -3 m H``.
    code
        The choice, where it stands elsewhere.

    Returns
    -------
    list of Setting
        Empty if no table knows the symbol, or not with this choice.
    """
    tables = _tables()
    base, _, choice = symbol.partition(":")
    plain, choice = _plain(base), _plain(choice)
    if plain not in tables.names:
        for ending in ("hr", "o1", "o2", "h", "r", "s", "z"):
            if plain.endswith(ending) and plain.removesuffix(ending) in tables.names and not choice:
                plain, choice = plain.removesuffix(ending), ending
                break
    found = sorted(tables.names.get(plain, ()))
    for each in (choice, _plain(code)):
        each = CHOICES.get(each, each)
        if each:
            found = [index for index in found if each in tables.choices[index]]
    return [tables.settings[index] for index in found]


def by_number(number: int, code: str = "") -> list[Setting]:
    """All settings of a number of the International Tables, or those of a choice of origin and axes."""
    tables = _tables()
    code = CHOICES.get(_plain(code), _plain(code))
    return [
        tables.settings[index]
        for index in sorted(tables.standard)
        if tables.settings[index].number == number and (not code or code in tables.choices[index])
    ]
