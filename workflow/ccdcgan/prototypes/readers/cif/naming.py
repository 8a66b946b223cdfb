"""What a block says of its symmetry: the settings that its operators, its symbols and its number may mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.cif.block import Block, is_null
from ccdcgan.prototypes.readers.cif.symmetry import (
    Setting,
    by_hall,
    by_name,
    by_number,
    by_operators,
    identity,
)

__all__ = ["Named", "settings_of"]

OPERATORS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz")
MAGNETIC = ("_space_group_symop_magn_operation_xyz", "_space_group_symop_magn_centering_xyz")
HALL = ("_space_group_name_hall", "_symmetry_space_group_name_hall")
NAMES = (
    "_space_group_name_h-m_alt",
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m_full",
    "_symmetry_space_group_name_h-m_alt",
    "_space_group_name_h-m",
)
NUMBERS = ("_space_group_it_number", "_symmetry_int_tables_number", "_space_group_int_tables_number")
CODE = "_space_group_it_coordinate_system_code"
TRANSFORMATIONS = ("_space_group_transform_pp_abc", "_space_group_transform_qq_xyz")
SUPERSPACE = ("_space_group_symop_ssg_operation_algebraic", "_space_group_ssg_name", "_cell_modulation_dimension")


class Named(NamedTuple):
    """What a block says of its symmetry."""

    said: str
    """In the words of the block."""
    settings: tuple[Setting, ...]
    """All that it may mean."""
    remarks: tuple[str, ...] = ()
    disputed: bool = False
    """Two of its statements contradict each other, so that only a formula can settle it."""
    bare: bool = False
    """It says nothing: all atoms must be listed."""


def settings_of(block: Block) -> Named:
    """All settings that a block may mean.

    Operators say it; without any a Hall symbol, then a Hermann-Mauguin symbol, then a number. What else is said is
    compared with it.

    Raises
    ------
    Rejected
        ``unreadable`` if no table knows the symbol or number, if operators are no group, or if the crystal is
        modulated.
    """
    if any(block.values(tag) not in ([], ["0"]) for tag in SUPERSPACE):
        raise Rejected(Reason.UNREADABLE, "found a modulated structure, expected a periodic one")
    code = block.value(CODE) or ""
    number = _number(block)
    names, unknown = _by_names(block, code, number)
    hall = [by_hall(symbol) for symbol in block.values(*HALL)]
    if listed := _operators(block):
        remarks = tuple(f"{symbol!r} is in no table of settings; the operators are listed" for symbol in unknown)
        others = [*hall, *names] or (by_number(number) if number else [])
        said = f"{len(listed.rotations)} listed operators"
        return _compared(said, [listed], others, number, remarks, by_type=True)
    if _transformed(block):
        raise Rejected(Reason.UNREADABLE, f"found a {TRANSFORMATIONS[0]} without operators, expected them listed")
    if hall:
        remarks = tuple(f"{symbol!r} is in no table of settings; the Hall symbol says it" for symbol in unknown)
        return _compared(f"Hall symbol {block.values(*HALL)[0]!r}", hall, names, number, remarks)
    if unknown:
        raise Rejected(Reason.UNREADABLE, f"found space group {unknown[0]!r}, which no table knows, and no operators")
    if names:
        return _compared(repr(block.values(*NAMES)[0]), names, [], number, ())
    if number is not None:
        return _compared(f"space group number {number}", by_number(number, code), [], number, ())
    return Named("no space group and no operators", (identity(),), bare=True)


def _compared(
    said: str,
    settings: Sequence[Setting],
    others: Sequence[Setting],
    number: int | None,
    remarks: tuple[str, ...],
    by_type: bool = False,
) -> Named:
    """Settings and other statements about them; if these contradict them, any of both may be meant.

    With ``by_type`` they agree if the space group types do: a symbol beside operators often names no more.
    """
    meant = {each.number if by_type else each.key for each in others}
    agreeing = [
        each
        for each in settings
        if number in (None, each.number) and (not others or (each.number if by_type else each.key) in meant)
    ]
    if agreeing:
        return Named(said, _once(agreeing), remarks)
    numbers = [f"number {number}"] if number is not None else []
    contradicting = [*(each.name for each in others), *numbers]
    said = f"{said} and {' and '.join(dict.fromkeys(contradicting[:3]))}, which contradict each other,"
    further = [*others, *(by_number(number) if number is not None else [])]
    return Named(said, _once([*settings, *further]), remarks, disputed=True)


def _once(settings: Sequence[Setting]) -> tuple[Setting, ...]:
    return tuple({each.key: each for each in reversed(settings)}.values())[::-1]


def _operators(block: Block) -> Setting | None:
    """The setting of the operators that a block lists."""
    columns = [column for tag in OPERATORS if (column := [each for each in block.column(tag) if not is_null(each)])]
    found = [by_operators(column) for column in columns]
    if len({each.key for each in found}) > 1:
        raise Rejected(Reason.UNREADABLE, "found two lists of operators that differ")
    if found:
        return found[0]
    if MAGNETIC[0] in block:
        # The last part, reversal of time, moves no atom.
        turned = [text.rpartition(",")[0] for text in block.column(MAGNETIC[0])]
        shifted = [text.rpartition(",")[0] for text in block.column(MAGNETIC[1])] or ["x,y,z"]
        return by_operators(_products(turned, shifted))
    return None


def _products(operators: Sequence[str], shifts: Sequence[str]) -> list[str]:
    """Every operator followed by every shift, such as ``x+1/2,y,z``."""
    parts = [
        [re.sub(f"[+]?{axis}", "", part.lower()) for axis, part in zip("xyz", shift.split(","), strict=True)]
        for shift in shifts
    ]
    return [
        ",".join(
            f"{term}{'+' if shift and shift[0] not in '+-' else ''}{shift}"
            for term, shift in zip(operator.split(","), part, strict=True)
        )
        for operator in operators
        for part in parts
    ]


def _number(block: Block) -> int | None:
    text = block.value(*NUMBERS)
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 230:
        raise Rejected(Reason.UNREADABLE, f"found space group number {text!r}, expected 1 to 230")
    return int(text)


def _by_names(block: Block, code: str, number: int | None) -> tuple[list[Setting], list[str]]:
    """Settings that all known Hermann-Mauguin symbols allow, or any if they contradict; and the unknown symbols."""
    known: list[list[Setting]] = []
    unknown = []
    for symbol in block.values(*NAMES):
        if settings := by_name(symbol, code):
            fitting = [each for each in settings if each.number == number]
            known.append(fitting or settings)
        else:
            unknown.append(symbol)
    every = _once([each for settings in known for each in settings])
    common = [each for each in every if all(each.key in {one.key for one in settings} for settings in known)]
    return common or list(every), [] if known else unknown


def _transformed(block: Block) -> bool:
    plain = {"a,b,c;0,0,0", "a,b,c", "x,y,z", "x,y,z;0,0,0"}
    return any(re.sub(r"\s", "", value.lower()) not in plain for value in block.values(*TRANSFORMATIONS))
