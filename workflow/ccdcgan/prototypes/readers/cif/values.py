"""What single values of a CIF mean: numbers, elements, formulas [1]_.

References
----------
.. [1] S. R. Hall, F. H. Allen and I. D. Brown, "The Crystallographic Information File (CIF)", Acta Cryst. A47, 655
   (1991), and the core dictionary of the International Union of Crystallography.
"""

from __future__ import annotations

import re
from collections import defaultdict

from pymatgen.core import Composition, Element

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.parts import one_line

__all__ = ["Formula", "digits", "element_of_label", "element_of_symbol", "formula", "number"]

Formula = dict[str, float]
"""Atoms of each element; not always whole numbers."""
NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))((?:[eE][+-]?\d+)?)(?:\(\d+\))?")
SYMBOL = re.compile(r"(\d{1,3})?([A-Za-z]{1,2})(\d{0,3}|\d*\.?\d*[+-]|[+-]\d*\.?\d*)")
"""Of an atom type: isotope, letters, and a running number or a charge."""
DEUTERIUM = "D"
ELEMENTS = frozenset(str(element.symbol) for element in Element) - {DEUTERIUM, "T"}


def number(text: str, what: str) -> float:
    """A number, whose standard uncertainty in parentheses is left out.

    Raises
    ------
    Rejected
        ``unreadable`` if it is something else, ``.`` and ``?`` among them.
    """
    match = NUMBER.fullmatch(text)
    if match is None:
        raise Rejected(Reason.UNREADABLE, one_line(f"{what}: found {text!r}, expected a number"))
    return float(match[1] + match[2])


def digits(text: str) -> int:
    """Digits behind the point of a number; 16 where it is written with an exponent."""
    match = NUMBER.fullmatch(text)
    if match is None or match[2]:
        return 16
    return len(match[1].partition(".")[2])


def element_of_symbol(text: str) -> tuple[str, str]:
    """Element of an atom type such as ``Bi``, ``BI``, ``Bi3+``, ``Fe2.5+``, ``209Bi`` or ``D``.

    Returns
    -------
    tuple
        Symbol, and the isotope if one is named (else empty).

    Raises
    ------
    Rejected
        ``unreadable`` if it is no element.
    """
    match = SYMBOL.fullmatch(text)
    symbol = match[2].capitalize() if match else ""
    if match is not None and symbol == DEUTERIUM:
        return "H", text
    if match is None or symbol not in ELEMENTS:
        raise Rejected(Reason.UNREADABLE, one_line(f"found {text!r}, expected an element"))
    return symbol, text if match[1] else ""


def element_of_label(text: str, confirmed: bool) -> tuple[str, str]:
    """Element of a site's label, whose first letters are the atom type by the dictionary.

    Parameters
    ----------
    text
        For example ``Bi1``, ``Se2A``.
    confirmed
        The elements will be compared with a formula, so that capitals (``SE1``) may be read as one element.

    Raises
    ------
    Rejected
        ``unreadable`` if the letters are no element: ``OH1`` is no oxygen.
    """
    letters = re.match("[A-Za-z]*", text)
    symbol = letters[0] if letters else ""
    if confirmed and symbol.isupper():
        symbol = symbol.capitalize()
    if symbol == DEUTERIUM:
        return "H", text
    if symbol not in ELEMENTS:
        raise Rejected(Reason.UNREADABLE, one_line(f"found site {text!r} without a type, expected an element's label"))
    return symbol, ""


def formula(text: str) -> Formula:
    """Atoms of each element of a formula such as ``Bi2 Se3``, ``BI2 SE3``, ``Mg (O H)2``; deuterium is hydrogen.

    Raises
    ------
    Rejected
        ``unreadable`` if it is none.
    """
    found: Formula = defaultdict(float)
    for word in text.replace(",", " ").split():
        match = re.fullmatch(r"([A-Z][a-z]?|[A-Z]{2})(\d+\.?\d*|\.\d+)?", word)
        symbol = match[1].capitalize() if match else ""
        if match is None or symbol not in ELEMENTS | {DEUTERIUM}:
            return _with_parentheses(text)
        found[_element(symbol)] += float(match[2] or 1)
    return dict(found)


def _with_parentheses(text: str) -> Formula:
    """By pymatgen, which takes blanks and all but elements amiss."""
    try:
        if re.search(r"(^|[\s,])[\d.]", text):
            raise ValueError("a number before what it counts")
        found: Formula = defaultdict(float)
        for element, count in Composition(re.sub(r"[\s,]", "", text), strict=True).items():
            found[_element(str(element.symbol))] += count
        return dict(found)
    except ValueError as error:
        raise Rejected(Reason.UNREADABLE, one_line(f"found formula {text!r}, expected elements and numbers")) from error


def _element(symbol: str) -> str:
    return "H" if symbol == DEUTERIUM else symbol
