"""Structures on their way through the stages: extended XYZ files, ids that never change, and rejects with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import ase.io
import pandas as pd
import spglib
from ase import Atoms
from ase.io.extxyz import key_val_str_to_dict
from pymatgen.core import Element, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from scipy.constants import N_A

__all__ = [
    "REJECT_COLUMNS",
    "SYMPREC",
    "Reason",
    "Rejected",
    "atomic_volume",
    "from_pymatgen",
    "read_structures",
    "read_table",
    "reject_table",
    "space_group",
    "to_pymatgen",
    "write_structures",
]

REJECT_COLUMNS = ["id", "reason", "detail"]
SYMPREC = 0.1
"""Tolerance of the space group of a relaxed structure, in angstrom (that of the Materials Project)."""


class Reason(StrEnum):
    """Why a structure left the workflow; the same short list in every stage's table and in the funnel."""

    UNBUILDABLE = "unbuildable"
    """A prototype's parameters do not give the cell that its label promises, or random atoms find no places."""
    SPECIES = "species"
    """A prototype with fewer species than the system has elements, or more where none may share an element."""
    TOO_MANY_ATOMS = "too_many_atoms"
    """More atoms in the cell than the config allows."""
    TOO_LONG = "too_long"
    """The longest edge of the Niggli cell is beyond the config's bound."""
    VOLUME = "volume"
    """The volume per atom is outside the config's window."""
    DUPLICATE = "duplicate"
    """StructureMatcher finds it equal to a structure that came before it."""
    NOT_SAMPLED = "not_sampled"
    """Eligible, but beyond the size of the sample."""
    UNREADABLE = "unreadable"
    """The input could not be read as a structure."""
    DISORDERED = "disordered"
    """A site that is not wholly one element's: partly occupied, or shared."""
    NOT_CONVERGED = "not_converged"
    """Forces are still above the threshold after the allowed steps."""
    DIVERGED = "diverged"
    """Forces grew beyond any that a potential knows, mostly from atoms that nearly coincide."""
    GIVEN_UP = "given_up"
    """So far above the lowest of its element that it cannot be the reference."""
    TIME_LIMIT = "time_limit"
    """Took longer than one structure may."""
    NOT_FINITE = "not_finite"
    """A force, an energy or a coordinate is not a finite number."""
    TOO_CLOSE = "too_close"
    """Two atoms are nearer than the config allows."""
    POSITIVE_ENERGY = "positive_energy"
    """The total energy is positive: unbound, so nonsense."""
    ENGINE_ERROR = "engine_error"
    """The engine raised an error, which the detail quotes."""
    OUTSIDE_BOX = "outside_box"
    """No choice of images puts all atoms into the box of the sites voxel."""
    NO_LATTICE = "no_lattice"
    """No lattice can be read from the lattice voxel."""
    NO_ATOMS = "no_atoms"
    """A sites voxel holds no peak, so an element of the system is missing."""
    SCREENED = "screened"
    """The constraint predicts a formation energy above the tolerance."""


class Rejected(Exception):
    """Raised by a function that handles one structure; the stage's loop writes it down and goes on.

    Parameters
    ----------
    reason
        Entry of the short list.
    detail
        The value found and the bound it broke, for a person to read.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


def read_table(path: Path | str) -> pd.DataFrame:
    """Read a CSV table; ids stay strings, and only empty cells are missing values."""
    return pd.read_csv(path, dtype={"id": str}, keep_default_na=False, na_values=[""])


def reject_table(rejects: Iterable[tuple[str, Rejected]]) -> pd.DataFrame:
    """Table of rejects (columns ``id, reason, detail``), from pairs of id and what was raised."""
    rows = [(name, str(error.reason), error.detail) for name, error in rejects]
    return pd.DataFrame(rows, columns=REJECT_COLUMNS)


def read_structures(path: Path | str) -> list[Atoms]:
    """Read an extended XYZ file written by `write_structures`.

    Returns
    -------
    list of Atoms
        In file order; ``atoms.info["id"]`` is the structure's id, as a string. Empty for an empty file.

    Raises
    ------
    ValueError
        If the file cannot be read as extended XYZ, or a frame carries no id.
    """
    if Path(path).stat().st_size == 0:
        return []
    try:
        frames: list[Atoms] = ase.io.read(path, index=":", format="extxyz")
    except Exception as error:  # ASE's reader raises whatever it stumbles over
        raise ValueError(f"{path}: found {type(error).__name__} ({error}), expected extended XYZ") from error
    for number, atoms in enumerate(frames):
        if not isinstance(atoms.info.get("id"), str):
            raise ValueError(f"{path}: frame {number} has no id, expected id=... in its comment line")
    return frames


def write_structures(path: Path | str, structures: Sequence[Atoms]) -> None:
    """Write structures as extended XYZ, one frame each; ids must be present and unique.

    Lengths in angstrom, energies in eV.

    Raises
    ------
    ValueError
        If an id is missing, occurs twice, or would be read back as something else (a number, two words).
    """
    ids = [atoms.info.get("id") for atoms in structures]
    if None in ids or len(set(ids)) != len(ids):
        raise ValueError(f"{path}: every structure needs an id of its own")
    for name in ids:
        if key_val_str_to_dict(f"id={name}") != {"id": name}:
            raise ValueError(f"{path}: found id {name!r}, expected one word that is no number")
    if not structures:
        Path(path).write_text("")
        return
    ase.io.write(path, list(structures), format="extxyz")


def to_pymatgen(atoms: Atoms) -> Structure:
    """The same crystal as a pymatgen Structure (without calculator or info)."""
    return Structure(atoms.cell.array, atoms.get_chemical_symbols(), atoms.get_scaled_positions(wrap=False))


def from_pymatgen(structure: Structure, name: str, **info: Any) -> Atoms:
    """The same crystal as ASE Atoms, with its id and further entries of ``atoms.info``."""
    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.info = {"id": name, **info}
    return atoms


def space_group(atoms: Atoms) -> int:
    """Space group number at `SYMPREC`; 1 where spglib finds no symmetry at all."""
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    dataset = spglib.get_symmetry_dataset(cell, symprec=SYMPREC)
    return 1 if dataset is None else int(dataset.number)


def atomic_volume(symbol: str) -> float:
    """Volume of an atom in its own elemental solid, in angstrom^3, from pymatgen's molar volumes.

    Raises
    ------
    ValueError
        If pymatgen knows none for the element.
    """
    molar_volume = Element(symbol).molar_volume
    if molar_volume is None:
        raise ValueError(f"system: found {symbol}, expected an element whose molar volume pymatgen knows")
    return float(molar_volume) * 1e24 / N_A
