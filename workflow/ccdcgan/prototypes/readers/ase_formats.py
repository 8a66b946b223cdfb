"""Formats of other programs, read by ASE: RES of AIRSS and SHELX, XSF of XCrySDen, GEN of DFTB+.

ASE passes over what it does not know. So cell and atoms are listed here by the format's own rules, what ASE gives is
compared with the list, and a file that says more, such as symmetry, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO

import ase.io
import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.io.res import Res
from pymatgen.core import Lattice, Structure

from ccdcgan.crystals.structures import Reason, Rejected, to_pymatgen
from ccdcgan.prototypes.readers.checked import check_periodic, check_volume, lattice_from_parameters
from ccdcgan.prototypes.readers.parts import Crystal, Part, numbered, one_line

__all__ = ["dftb", "shelx", "xcrysden"]

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
TOLERANCE = 1e-6
"""Of what ASE read: of a fractional coordinate, or of the cell's scalar products as a fraction of the largest."""
BEFORE_ATOMS = ("TITL", "CELL", "LATT", "REM", "ZERR")
AMONG_ATOMS = ("REM", "UNIT", "FVAR")
"""Lines of RES that say nothing of symmetry or of further atoms."""
WHOLE = ("1", "11")
"""Occupancy of a whole atom in RES, which 10 more keep fixed."""
TIED = 5.0
"""Coordinates of RES from here on are tied to others."""
DIMENSIONS = {"CRYSTAL": 3, "SLAB": 2, "POLYMER": 1, "MOLECULE": 0, "ATOMS": 0}
"""Periodic directions by keyword of XSF."""


def _crystal(name: str, listed: Structure, atoms: Atoms) -> Crystal:
    """What ASE reads, if it is what the file lists."""
    check_periodic(atoms.pbc.tolist(), atoms.cell.rank)
    symbols = [str(site.specie) for site in listed]
    cell, expected = atoms.cell.array @ atoms.cell.array.T, listed.lattice.matrix @ listed.lattice.matrix.T
    if (
        atoms.get_chemical_symbols() != symbols
        or not np.allclose(cell, expected, rtol=0, atol=TOLERANCE * expected.max())
        or not np.allclose(atoms.get_scaled_positions(wrap=False), listed.frac_coords, rtol=0, atol=TOLERANCE)
    ):
        raise Rejected(
            Reason.UNREADABLE, f"found {listed.formula}, of which ASE reads {atoms.symbols} or another cell or place"
        )
    return Crystal(to_pymatgen(atoms), (f"read by ASE as {name}",))


def _expect(fulfilled: object, found: object, expected: str) -> None:
    if not fulfilled:
        raise Rejected(Reason.UNREADABLE, one_line(f"found {found!r}, expected {expected}"))


def _floats(words: Sequence[str], count: int, what: str) -> list[float]:
    fulfilled = len(words) == count and all(re.fullmatch(NUMBER, word) for word in words)
    _expect(fulfilled, " ".join(words), what)
    return [float(word) for word in words]


def _filled(text: str) -> list[tuple[int, str]]:
    """Numbers and text of the lines that are not empty."""
    return [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


# RES.


def shelx(text: str) -> list[Part]:
    """The crystals of a RES file, each of which ends with END."""
    blocks: list[tuple[str, list[str]]] = []
    ended = True
    for number, line in _filled(text):
        if ended:
            blocks.append((f"line {number}", []))
        blocks[-1][1].append(line)
        ended = line.upper() == "END"
    return numbered(_shelx, blocks)


def _shelx(lines: list[str]) -> Crystal:
    keywords = [line.split()[0].upper() for line in lines]
    _expect(keywords[-1] == "END", lines[-1], "END behind the last atom")
    for keyword in ("CELL", "LATT", "SFAC"):
        _expect(keywords.count(keyword) == 1, f"{keywords.count(keyword)} {keyword}", f"{keyword} once")
    start = keywords.index("SFAC")
    for keyword, line in zip(keywords[:start], lines, strict=False):
        _expect(keyword in BEFORE_ATOMS, line, "no symmetry and nothing else than TITL, CELL and LATT before SFAC")
    cell, lattice_type = (lines[keywords.index(keyword)].split()[1:] for keyword in ("CELL", "LATT"))
    _expect(lattice_type == ["-1"], f"LATT {' '.join(lattice_type)}", "LATT -1, a cell whose atoms are all listed")
    parameters = _floats(cell, 7, "a wavelength, three edges and three angles of CELL")
    lattice = lattice_from_parameters(parameters[1:4], parameters[4:])
    elements = lines[start].split()[1:]
    rows = [line for keyword, line in zip(keywords, lines, strict=True) if keyword not in AMONG_ATOMS][:-1]
    rows = rows[rows.index(lines[start]) + 1 :]
    sites = [_shelx_site(line, elements) for line in rows]
    _expect(sites, "no atoms", "some behind SFAC")
    listed = Structure(lattice, [symbol for symbol, _ in sites], [position for _, position in sites])
    for keyword, line in zip(keywords, lines, strict=True):
        if keyword == "TITL":
            _check_title(line.split(), listed)
    # ASE knows keywords in capitals only, and takes other lines behind SFAC for atoms if they look like some.
    return _crystal("RES", listed, Res.from_string("\n".join([f"CELL {' '.join(cell)}", "SFAC", *rows])).atoms)


def _shelx_site(line: str, elements: Sequence[str]) -> tuple[str, list[float]]:
    name, *words = line.split()
    _expect(len(words) >= 5 and words[0].isdecimal(), line, "an element, its number in SFAC, a place and an occupancy")
    number = int(words[0])
    _expect(0 < number <= len(elements) and elements[number - 1] == name, line, f"one of {', '.join(elements)} of SFAC")
    position = _floats(words[1:4], 3, "three coordinates")
    _expect(max(map(abs, position)) < TIED, line, "coordinates that are tied to no others")
    if re.sub(r"\.0*$", "", words[4]) not in WHOLE:
        raise Rejected(Reason.DISORDERED, one_line(f"found {line!r}, whose occupancy is {words[4]}"))
    return name, position


def _check_title(words: Sequence[str], listed: Structure) -> None:
    """Compare number of atoms and volume with those in a title of AIRSS.

    TITL, name, pressure, volume, energy, two spins, number of atoms, and the space group in parentheses.
    """
    if len(words) > 8 and words[8].startswith("(") and words[7].isdecimal():
        _expect(int(words[7]) == len(listed), f"{len(listed)} atoms", f"{words[7]} as its title says")
        check_volume(float(words[3]), listed.lattice)


# XSF.


def xcrysden(text: str) -> list[Part]:
    """The crystals of an XSF file, one for each list of atoms."""
    sections: list[tuple[int, list[str]]] = []
    for number, line in _filled(text):
        if line.startswith("#"):
            continue
        if not sections or re.match("[A-Z]{3}", line):
            sections.append((number, []))
        sections[-1][1].append(line)
    dimensions, vectors = "", [""]
    found = []
    for number, lines in sections:
        keyword = lines[0].split()[0]
        if keyword in DIMENSIONS:
            dimensions = keyword
        if keyword == "PRIMVEC":
            vectors = lines[1:]
        if keyword in ("PRIMCOORD", "ATOMS"):
            found.append((f"line {number}", (dimensions, vectors, lines[1:])))
    return numbered(lambda piece: _xcrysden(*piece), found)


def _xcrysden(dimensions: str, vectors: list[str], lines: list[str]) -> Crystal:
    _expect(dimensions in DIMENSIONS, "no kind of structure", f"one of {', '.join(DIMENSIONS)}")
    check_periodic([axis < DIMENSIONS[dimensions] for axis in range(3)])
    _expect(len(vectors) == 3, f"{len(vectors)} lines behind PRIMVEC", "three cell vectors")
    cell = Lattice([_floats(line.split(), 3, "a cell vector of PRIMVEC") for line in vectors])
    count = lines[0].split()[0] if lines else ""
    _expect(count == str(len(lines) - 1), f"{len(lines) - 1} lines of atoms", f"{count!r} behind PRIMCOORD")
    symbols, positions = [], []
    for line in lines[1:]:
        name, *words = line.split()
        known = chemical_symbols[1:]
        symbols.append(known[int(name) - 1] if name.isdecimal() and 0 < int(name) <= len(known) else name.capitalize())
        _expect(symbols[-1] in known, line, "an element")
        positions.append(_floats(words, 6 if len(words) > 3 else 3, "a place, and a force or none")[:3])
    text = "\n".join(["CRYSTAL", "PRIMVEC", *vectors, "PRIMCOORD", *lines])
    listed = Structure(cell, symbols, positions, coords_are_cartesian=True)
    return _crystal("XSF", listed, ase.io.read(StringIO(text), format="xsf"))


# GEN.


def dftb(text: str) -> list[Part]:
    """The one crystal of a GEN file."""
    return [Part("", "", lambda: _dftb([line for _, line in _filled(text)]))]


def _dftb(lines: list[str]) -> Crystal:
    head = lines[0].split()
    _expect(len(head) == 2 and head[0].isdecimal() and head[1] in ("C", "S", "F"), lines[0], "a count and C, S or F")
    check_periodic([head[1] != "C"] * 3)
    count = int(head[0])
    _expect(len(lines) == count + 6, f"{len(lines)} lines", f"{count} atoms and 6 further lines")
    names, symbols, positions = lines[1].split(), [], []
    for line in lines[2:-4]:
        _, kind, *words = [*line.split(), ""]
        _expect(kind.isdecimal() and 0 < int(kind) <= len(names), line, f"the number of one of {len(names)} elements")
        symbols.append(names[int(kind) - 1])
        _expect(symbols[-1] in chemical_symbols[1:], symbols[-1], "an element")
        positions.append(_floats(words[:-1], 3, "a place"))
    _floats(lines[-4].split(), 3, "an origin")
    cell = Lattice([_floats(line.split(), 3, "a cell vector") for line in lines[-3:]])
    listed = Structure(cell, symbols, positions, coords_are_cartesian=head[1] == "S")
    return _crystal("GEN", listed, ase.io.read(StringIO("\n".join(lines) + "\n"), format="gen"))
