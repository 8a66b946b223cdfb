"""A folder of structure files of all formats, some of them broken in every way that a file can be.

``python -m tests.prototypes.mixed_files FOLDER`` writes the 480 good and 20 broken files that the tests read.
"""

import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import ase.io
import pandas as pd
from ase import Atoms
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor

from ccdcgan.prototypes.sources.aflow import build, read_prototypes

SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
CIF = SALT.to(fmt="cif")
SITE = "  Cl  Cl7  1  0.50000000  0.00000000  0.00000000  1"
SYSTEMS = list(product(["Bi", "Na", "Ga", "Fe", "Zn", "Ti", "Pb"], ["Se", "Cl", "As", "O"]))
IN_ONE_FILE = 10
"""Structures in the one file of frames, and in the one table."""


def good_structures() -> Iterator[Structure]:
    """The twenty prototypes of two species and two atoms, in every system."""
    cells = [build(each) for each in read_prototypes() if each.n_species == each.n_atoms == 2]
    for elements in SYSTEMS:
        for cell in cells:
            yield Structure(cell.lattice, [elements[kind] for kind in cell.species], cell.positions)


def write_good(folder: Path, count: int) -> set[str]:
    """Write so many files in all formats, two of which hold several structures; the names of all entries."""
    names: set[str] = set()
    structures = good_structures()
    frames = [_atoms(structure) for structure in islice(structures, IN_ONE_FILE)]
    ase.io.write(folder / "many.extxyz", frames, format="extxyz")
    names.update(f"files.many.extxyz_{number}" for number in range(1, IN_ONE_FILE + 1))
    rows = [
        (f"row-{number}", structure.to(fmt="cif")) for number, structure in enumerate(islice(structures, IN_ONE_FILE))
    ]
    pd.DataFrame(rows, columns=["material_id", "cif"]).to_csv(folder / "table.csv")
    names.update(f"files.table.csv_{name}" for name, _ in rows)
    kinds = cycle(["cif", "symmetric.cif", "vasp", "POSCAR", "xyz", "json"])
    for number, structure, kind in zip(range(count - 2), structures, kinds, strict=False):
        place = folder / f"set {number % 3}"
        place.mkdir(exist_ok=True)
        name = f"POSCAR_{number}" if kind == "POSCAR" else f"{number}.{kind}"
        names.add(f"files.set_{number % 3}_{name}")
        match kind:
            case "cif":
                structure.to(str(place / name), fmt="cif")
            case "symmetric.cif":
                structure.to(str(place / name), fmt="cif", symprec=0.01)
            case "vasp" | "POSCAR":
                structure.to(str(place / name), fmt="poscar")
            case "json":
                (place / name).write_text(structure.to_json())
            case "xyz":
                ase.io.write(place / name, _atoms(structure), format="extxyz")
    return names


def _atoms(structure: Structure) -> Atoms:
    return AseAtomsAdaptor.get_atoms(structure, msonable=False)


BROKEN: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "no atoms.cif": (
        lambda path: path.write_text("data_x\n_cell_length_a 5\n"),
        "unreadable",
        "no _atom_site_fract_x",
    ),
    "partial.cif": (lambda path: path.write_text(CIF.replace(SITE, SITE[:-1] + "0.5")), "disordered", "occupancy 0.5"),
    "twice.cif": (lambda path: path.write_text(CIF + SITE.replace("Cl7", "Cl8")), "unreadable", "found Na4 Cl5"),
    "flat.cif": (lambda path: path.write_text(re.sub("(_length_a).*", r"\1 0.0", CIF)), "unreadable", "found edges 0"),
    "nan.cif": (lambda path: path.write_text(CIF.replace(" 0.50000000", " nan")), "unreadable", "'nan'"),
    "unknown.cif": (lambda path: path.write_text(CIF.replace("Na", "Qq")), "unreadable", "'Qq"),
    "rubbish.cif": (lambda path: path.write_text("data_x\n" + "'a b" * 2_500_000), "unreadable", "10.0 MB"),
    "binary.cif": (lambda path: path.write_bytes(random.Random(0).randbytes(100_000)), "unreadable", "binary"),
    "loop.cif": (lambda path: path.symlink_to(path), "unreadable", "symbolic links"),
    "loop": (lambda path: path.symlink_to(path.parent), "unreadable", "link to a folder"),
    "missing.cif": (lambda path: path.symlink_to("nowhere"), "unreadable", "No such file"),
    "empty.cif": (lambda path: path.touch(), "unreadable", "empty"),
    "folder.cif": (lambda path: path.mkdir(), "unreadable", "folder"),
    "pipe.cif": (os.mkfifo, "unreadable", "pipe"),
    "column.csv": (lambda path: path.write_text("id,structure\n1,2\n"), "unreadable", "id, structure"),
    "other.cif": (
        lambda path: path.write_text(CIF.replace("fract_x", "fract_w")),
        "unreadable",
        "no _atom_site_fract_x",
    ),
    "cut.extxyz": (lambda path: path.write_text('2\nLattice="3 0 0 0 3 0 0 0 3"\nNa 0 0 0\n'), "unreadable", ""),
    "POSCAR_bad": (lambda path: path.write_text("BiSe\n1.0\n3 0 0\n"), "unreadable", ""),
    "other.json": (lambda path: path.write_text('{"@module": "antigravity"}'), "unreadable", "sites"),
    "notes.txt": (lambda path: path.write_text("to be relaxed"), "unreadable", "unknown kind"),
}


def write_mixed(folder: Path, good: int = 480) -> set[str]:
    """Write so many good files, and every broken one into the folder ``bad ones``; the names of the good structures."""
    (folder / "bad ones").mkdir(parents=True)
    names = write_good(folder, good)
    for name, (write, _, _) in BROKEN.items():
        write(folder / "bad ones" / name)
    return names


def name_of_broken(name: str) -> str:
    """Id of the reject of a broken file."""
    return "files.bad_ones_" + name.replace(" ", "_")


if __name__ == "__main__":
    print(f"{len(write_mixed(Path(sys.argv[1])))} structures in good files, {len(BROKEN)} broken files")
