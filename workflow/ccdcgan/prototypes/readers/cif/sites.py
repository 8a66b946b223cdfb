"""The atom sites of a block: an element in a place each, or the reason why the block has no such sites."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import MAX_SITES
from ccdcgan.prototypes.readers.cif.block import UNKNOWN, Block, is_null
from ccdcgan.prototypes.readers.cif.values import digits, element_of_label, element_of_symbol, number

__all__ = ["POSITIONS", "Site", "Sites", "read_sites"]

POSITIONS = ("_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z")
MULTIPLICITIES = ("_atom_site_site_symmetry_multiplicity", "_atom_site_symmetry_multiplicity")
BESIDE = (
    "_atom_site_label",
    "_atom_site_type_symbol",
    "_atom_site_occupancy",
    "_atom_site_attached_hydrogens",
    "_atom_site_calc_flag",
    "_atom_site_disorder_assembly",
    "_atom_site_disorder_group",
)
"""What else of a site is read: columns of the same loop."""
FULL = 1e-3
"""An occupancy is 1, or 0, within this."""
COARSEST = 5e-3
"""Fractional coordinates are known at least so well: half of the last of two digits."""


class Site(NamedTuple):
    """An atom of the asymmetric unit."""

    label: str
    symbol: str
    """Of its element."""
    position: NDArray[np.float64]
    """Fractional coordinates, shape (3,)."""
    slack: NDArray[np.float64]
    """Half of the last digit of each coordinate, shape (3,)."""
    multiplicity: int | None
    """What the block says of the number of atoms that the site stands for."""


class Sites(NamedTuple):
    """All sites of a block."""

    atoms: tuple[Site, ...]
    remarks: tuple[str, ...]
    unsure: tuple[str, ...]
    """Remarks that hold only if the formula of the block confirms what is left."""


def read_sites(block: Block, confirmed: bool) -> Sites:
    """The sites of a block whose atoms are all in known places.

    Parameters
    ----------
    block
        With all three tags of `POSITIONS`.
    confirmed
        The elements will be compared with a formula.

    Raises
    ------
    Rejected
        ``unreadable`` if a coordinate is no number, a site has no element, or hydrogen atoms are only counted;
        ``disordered`` if a site is not wholly one element's, or belongs to one of several alternatives.
    """
    count = len(block.column(POSITIONS[0]))
    if not count:
        raise Rejected(Reason.UNREADABLE, "found no atoms")
    if count > MAX_SITES:
        raise Rejected(Reason.TOO_MANY_ATOMS, f"{count} atom sites, at most {MAX_SITES} are read")
    for tag in (*POSITIONS, *BESIDE, *MULTIPLICITIES):
        if tag in block and not block.together(POSITIONS[0], tag):
            raise Rejected(Reason.UNREADABLE, f"found {tag} in another loop than {POSITIONS[0]}, expected them in one")
    _check_groups(block, count)
    atoms, remarks, unsure = [], [], []
    for row in range(count):
        label = _cell(block, "_atom_site_label", row) or f"number {row + 1}"
        left_out = _left_out(block, row, label)
        if left_out:
            unsure.append(left_out)
            continue
        if _cell(block, "_atom_site_occupancy", row) == UNKNOWN:
            unsure.append(f"the occupancy of site {label} is unknown and taken for 1, as the formula says")
        symbol, remark = _element(block, row, label, confirmed)
        remarks += [remark] if remark else []
        atoms.append(_site(block, row, label, symbol))
    if not atoms:
        raise Rejected(Reason.UNREADABLE, f"found no atoms: {'; '.join(unsure)}")
    return Sites((*atoms,), (*remarks,), (*unsure,))


def _cell(block: Block, tag: str, row: int) -> str:
    """A value of a site; empty without the column."""
    values = block.column(tag)
    return values[row] if values else ""


def _site(block: Block, row: int, label: str, symbol: str) -> Site:
    texts = [_cell(block, tag, row) for tag in POSITIONS]
    position = np.array([number(text, f"coordinate of site {label}") for text in texts])
    slack = np.array([min(0.5 * 10.0 ** -digits(text), COARSEST) for text in texts])
    given = [value for tag in MULTIPLICITIES if (value := _cell(block, tag, row)).isdecimal()]
    return Site(label, symbol, position, slack, int(given[0]) if given else None)


def _left_out(block: Block, row: int, label: str) -> str:
    """Why a site holds no atom; empty if it holds one.

    Raises
    ------
    Rejected
        If it holds part of one, or atoms beside it that have no place.
    """
    hydrogens = _cell(block, "_atom_site_attached_hydrogens", row)
    if hydrogens and not is_null(hydrogens) and number(hydrogens, f"attached hydrogens of site {label}"):
        raise Rejected(Reason.UNREADABLE, f"site {label} has {hydrogens} attached hydrogen atoms without a place")
    if _cell(block, "_atom_site_calc_flag", row).lower() in ("dum", "dummy"):
        return f"site {label} is a dummy and left out, as the formula says"
    given = _cell(block, "_atom_site_occupancy", row)
    occupancy = 1.0 if not given or is_null(given) else number(given, f"occupancy of site {label}")
    if occupancy < -FULL:
        raise Rejected(Reason.UNREADABLE, f"site {label} has occupancy {given}, expected 0 to 1")
    if occupancy < FULL:
        return f"site {label} has occupancy {given} and is left out, as the formula says"
    if abs(occupancy - 1) > FULL:
        raise Rejected(Reason.DISORDERED, f"site {label} has occupancy {given}")
    return ""


def _element(block: Block, row: int, label: str, confirmed: bool) -> tuple[str, str]:
    """Element of a site, and what there is to say of it."""
    kind = _cell(block, "_atom_site_type_symbol", row)
    if kind and not is_null(kind):
        symbol, isotope = element_of_symbol(kind)
        remark = ""
    else:
        symbol, isotope = element_of_label(label, confirmed)
        remark = f"site {label} has type {kind}, so its label says {symbol}" if kind else ""
    return symbol, f"site {label} holds the isotope {isotope}, read as {symbol}" if isotope else remark


def _check_groups(block: Block, count: int) -> None:
    """Refuse alternatives: sites of several groups of one assembly, or a group about a special position."""
    groups: dict[str, set[str]] = {}
    for row in range(count):
        group = _cell(block, "_atom_site_disorder_group", row)
        if group and not is_null(group) and group != "0":
            groups.setdefault(_cell(block, "_atom_site_disorder_assembly", row), set()).add(group)
    for assembly, found in groups.items():
        negative = any(group.startswith("-") for group in found)
        if len(found) > 1 or negative:
            where = "" if is_null(assembly) or not assembly else f" of assembly {assembly}"
            raise Rejected(Reason.DISORDERED, f"found disorder groups {', '.join(sorted(found))}{where}")
