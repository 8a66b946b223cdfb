"""POSCAR and CONTCAR, as VASP reads them [1]_; what VASP would guess is refused.

References
----------
.. [1] The VASP Manual, page POSCAR.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Element, Lattice, Structure

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.checked import MAX_SITES
from ccdcgan.prototypes.readers.parts import Crystal, Part, one_line

__all__ = ["parts"]

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?")
"""As Fortran reads it."""
COMMENTS = ("!", "#")
HEADER = 5
"""Lines before the elements: a comment, the scale and three vectors."""


def parts(text: str) -> list[Part]:
    """The one crystal of a POSCAR."""
    return [Part("", "", lambda: _crystal(text))]


def _crystal(text: str) -> Crystal:
    """The cell of a POSCAR.

    Raises
    ------
    Rejected
        ``unreadable`` if a line holds something else than it should, or elements are not named.
    """
    lines = text.split("\n")
    if len(lines) <= HEADER + 1:
        raise Rejected(Reason.UNREADABLE, f"found {len(lines)} lines, expected those of a POSCAR")
    vectors = np.array([_three(lines, row) for row in range(2, HEADER)])
    scales = _scales(lines[1], vectors)
    symbols, start, remarks = _symbols(lines)
    mode = _line(lines, start).strip()
    selective = mode[:1] in ("s", "S")
    if selective:
        start += 1
        mode = _line(lines, start).strip()
    if mode[:1] not in tuple("cCkKdD"):
        raise Rejected(Reason.UNREADABLE, one_line(f"line {start + 1}: found {mode!r}, expected Direct or Cartesian"))
    cartesian = mode[:1] not in ("d", "D")
    positions = np.array([_three(lines, row) for row in range(start + 1, start + 1 + len(symbols))])
    for row, symbol in enumerate(symbols, start + 1):
        _check_name(lines[row], symbol, row)
    _check_end(lines, start + 1 + len(symbols))
    lattice = Lattice(vectors * scales)
    if cartesian:
        positions = positions * scales
    return Crystal(Structure(lattice, symbols, positions, coords_are_cartesian=cartesian), remarks)


def _line(lines: Sequence[str], row: int) -> str:
    if row >= len(lines):
        raise Rejected(Reason.UNREADABLE, f"found {len(lines)} lines, expected more")
    return lines[row]


def _words(line: str) -> list[str]:
    """Words of a line before its comment."""
    words = line.split()
    end = next((index for index, word in enumerate(words) if word.startswith(COMMENTS)), len(words))
    return words[:end]


def _number(word: str) -> float:
    return float(re.sub("[dD]", "e", word))


def _numbers(words: Sequence[str]) -> list[float]:
    """Numbers at the beginning of a line."""
    end = next((index for index, word in enumerate(words) if not NUMBER.fullmatch(word)), len(words))
    return [_number(word) for word in words[:end]]


def _three(lines: Sequence[str], row: int) -> list[float]:
    """The three numbers of a line; behind them nothing that looks like a further one."""
    words = _words(_line(lines, row))
    found = _numbers(words)
    touching = words[len(found) : len(found) + 1] and re.match(r"[+-]?\.?\d", words[len(found)])
    if len(found) != 3 or touching:
        raise Rejected(Reason.UNREADABLE, one_line(f"line {row + 1}: found {lines[row]!r}, expected three numbers"))
    return found


def _scales(line: str, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor of each Cartesian component; a single negative number is minus the volume of the cell."""
    scales = np.array(_numbers(_words(line)))
    if len(scales) == 1 and scales[0] < 0:
        volume = abs(np.linalg.det(vectors))
        scales = np.cbrt(-scales / volume) if volume > 0 else np.zeros(1)
    if len(scales) not in (1, 3) or not (np.isfinite(scales).all() and (scales > 0).all()):
        raise Rejected(
            Reason.UNREADABLE, one_line(f"line 2: found {line!r}, expected a scale, minus a volume, or three scales")
        )
    return np.broadcast_to(scales, 3)


def _symbols(lines: Sequence[str]) -> tuple[list[str], int, tuple[str, ...]]:
    """Element of every atom, the row behind the counts, and remarks."""
    names = _words(lines[HEADER])
    if not names or NUMBER.fullmatch(names[0]):
        elements, counts = _by_comment(lines[0], names)
        remarks: tuple[str, ...] = (f"found no elements in line 6, but {' '.join(elements)} in the comment",)
        start = HEADER + 1
    else:
        elements, remarks, start = [_element(name) for name in names], (), HEADER + 2
        numbers = _words(_line(lines, HEADER + 1))
        counts = [int(word) for word in numbers[: len(elements)] if word.isdecimal()]
        beyond = numbers[len(elements) :]
        if len(counts) != len(elements) or 0 in counts or any(NUMBER.fullmatch(word) for word in beyond):
            raise Rejected(
                Reason.UNREADABLE,
                one_line(f"lines 6 and 7: found {lines[HEADER]!r} and {lines[HEADER + 1]!r}, expected a count of each"),
            )
    if sum(counts) > MAX_SITES:
        raise Rejected(Reason.TOO_MANY_ATOMS, f"{sum(counts)} atoms, at most {MAX_SITES} are read")
    return [element for element, count in zip(elements, counts, strict=True) for _ in range(count)], start, remarks


def _by_comment(comment: str, numbers: Sequence[str]) -> tuple[list[str], list[int]]:
    """Elements and counts of a POSCAR of VASP 4, which names elements nowhere but, often, in its comment.

    They are taken from a comment of nothing else: as many elements as counts, each alone or with its count (``Bi2``).
    """
    counts = [int(word) for word in numbers if word.isdecimal()]
    named = [re.fullmatch(r"([A-Z][a-z]?)(\d*)", word) for word in comment.split()]
    elements = [match[1] for match in named if match and Element.is_valid_symbol(match[1])]
    said = [match[2] for match in named if match]
    if (
        0 in counts
        or not len(counts) == len(numbers) == len(elements) == len(named) > 0
        or any(of not in ("", str(count)) for of, count in zip(said, counts, strict=True))
    ):
        raise Rejected(
            Reason.UNREADABLE,
            one_line(
                "found a POSCAR without elements, expected them in its sixth line, "
                f"or in its comment one for each of {' '.join(numbers) or 'its counts'}, not {comment!r}"
            ),
        )
    return elements, counts


def _element(name: str) -> str:
    """Element of a name in any case, behind which VASP writes that of a potential: ``Bi_d``, ``Se/0f3a``."""
    symbol = re.split("[_/]", name)[0].capitalize()
    if not Element.is_valid_symbol(symbol):
        raise Rejected(Reason.UNREADABLE, one_line(f"line 6: found {name!r}, expected an element"))
    return symbol


def _check_name(line: str, symbol: str, row: int) -> None:
    """Refuse an element behind a position that is not the one that the counts give it."""
    named = [word.capitalize() for word in line.split()[3:] if Element.is_valid_symbol(word.capitalize())]
    if (others := [name for name in named if name not in ("F", "T")]) and symbol not in named:
        raise Rejected(Reason.UNREADABLE, f"line {row + 1}: found {others[0]}, expected {symbol} by the counts")


def _check_end(lines: Sequence[str], row: int) -> None:
    """Refuse further positions and crystals: velocities follow behind a line without numbers."""
    if row < len(lines) and len(_numbers(_words(lines[row]))) >= 3:
        raise Rejected(
            Reason.UNREADABLE, f"line {row + 1}: found a further position, expected as many as the counts say"
        )
    for further in range(row, len(lines) - 1):
        names, counts = lines[further].split(), lines[further + 1].split()
        elements = all(Element.is_valid_symbol(name.capitalize()) for name in names)
        counted = len(names) == len(counts) > 0 and all(map(str.isdecimal, counts))
        if (elements and counted) or "configuration" in lines[further].lower():
            raise Rejected(Reason.UNREADABLE, f"line {further + 1}: found a further crystal, expected one")
