"""Extended XYZ, read by ASE frame by frame."""

from __future__ import annotations

import re
from io import StringIO

import ase.io
import numpy as np

from ccdcgan.crystals.structures import Reason, Rejected, to_pymatgen
from ccdcgan.prototypes.readers.checked import check_periodic
from ccdcgan.prototypes.readers.parts import Crystal, Part, numbered, one_line

__all__ = ["parts"]

LATTICE = re.compile(r"\blattice\s*=", re.IGNORECASE)


def parts(text: str) -> list[Part]:
    """The frames of a file: each begins with a number alone on its line, and has lines until the next such number."""
    lines = text.split("\n")
    frames: list[tuple[str, str]] = []
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    while start < len(lines):
        behind = (index for index in range(start + 2, len(lines)) if _is_count(lines[index]))
        end = next(behind, len(lines))
        frames.append((f"frame {len(frames) + 1}, line {start + 1}", "\n".join(lines[start:end]) + "\n"))
        start = end
    return numbered(_frame, frames)


def _is_count(line: str) -> bool:
    return line.strip().isdecimal() and len(line.strip()) < 10


def _frame(text: str) -> Crystal:
    count, _, rest = text.partition("\n")
    found = len([line for line in rest.split("\n")[1:] if line.strip()])
    if not _is_count(count) or found != int(count):
        raise Rejected(Reason.UNREADABLE, one_line(f"found {found} lines of atoms, expected {count.strip()!r}"))
    if len(LATTICE.findall(rest.partition("\n")[0])) > 1:
        raise Rejected(Reason.UNREADABLE, "found two lattices, expected one")
    atoms = ase.io.read(StringIO(text), format="extxyz")
    check_periodic(atoms.pbc.tolist(), atoms.cell.rank)
    # ASE writes it beside atoms that it read from a disordered crystal, one element for each site.
    shares = [share for kinds in dict(atoms.info.get("occupancy") or {}).values() for share in dict(kinds).values()]
    for name, values in atoms.arrays.items():
        if name.lower().startswith("occupanc"):
            shares += np.ravel(values).tolist()
    if any(share != 1 for share in shares):
        raise Rejected(Reason.DISORDERED, f"found occupancies {', '.join(map(str, shares[:4]))}")
    return Crystal(to_pymatgen(atoms))
