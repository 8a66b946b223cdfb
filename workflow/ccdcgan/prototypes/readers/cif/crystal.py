"""From a block to a crystal."""

from __future__ import annotations

from pymatgen.core import Lattice

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import check_volume, lattice_from_parameters
from ccdcgan.prototypes.readers.cif.block import Block
from ccdcgan.prototypes.readers.cif.naming import settings_of
from ccdcgan.prototypes.readers.cif.settling import Contents, settle
from ccdcgan.prototypes.readers.cif.sites import POSITIONS, read_sites
from ccdcgan.prototypes.readers.cif.values import Formula, formula, number
from ccdcgan.prototypes.readers.parts import Crystal

__all__ = ["crystal"]

LENGTHS = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")
RIGHT_ANGLE = 90.0
"""The dictionary's default, for an angle that is a point."""


def crystal(block: Block) -> Crystal:
    """The crystal of a block, in the cell that it gives.

    Raises
    ------
    Rejected
        With what is missing, contradictory or not settled.
    """
    if block.twice:
        raise Rejected(Reason.UNREADABLE, f"found {block.twice[0]} twice with different values")
    if missing := [tag for tag in POSITIONS if tag not in block]:
        raise Rejected(Reason.UNREADABLE, f"found no {missing[0]}, expected fractional coordinates")
    lattice = _lattice(block)
    if (volume := block.value("_cell_volume")) is not None:
        check_volume(number(volume, "cell volume"), lattice)
    composition = _formula(block)
    sites = read_sites(block, confirmed=composition is not None)
    if sites.unsure and composition is None:
        raise Rejected(Reason.UNREADABLE, f"{'; '.join(sites.unsure)}; but it has no formula")
    contents = Contents(lattice, sites.atoms, composition, _units(block))
    filled, remarks = settle(settings_of(block), contents)
    return Crystal(filled.structure(), (*sites.remarks, *sites.unsure, *remarks))


def _lattice(block: Block) -> Lattice:
    lengths = [number(_one(block, tag), tag) for tag in LENGTHS]
    angles = [RIGHT_ANGLE if (text := _one(block, tag)) == "." else number(text, tag) for tag in ANGLES]
    return lattice_from_parameters(lengths, angles)


def _one(block: Block, tag: str) -> str:
    values = block.column(tag)
    if len(values) != 1:
        raise Rejected(Reason.UNREADABLE, f"{tag}: found {len(values)} values, expected one")
    return values[0]


def _formula(block: Block) -> Formula | None:
    text = block.value("_chemical_formula_sum")
    return formula(text) if text else None


def _units(block: Block) -> float | None:
    text = block.value("_cell_formula_units_z")
    units = number(text, "_cell_formula_units_Z") if text else 0.0
    return units if units > 0 else None
