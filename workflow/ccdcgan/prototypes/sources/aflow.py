"""The prototypes of the AFLOW encyclopedia, read from the kim-tools package and built into cells.

A prototype is a label such as ``A2B3_hR5_166_c_ac-001`` (stoichiometry, Pearson symbol, space group, Wyckoff letters of
each species, number) and the values of its free parameters [1]_. The free coordinates are numbered by Wyckoff letter
over all species: ``x2`` belongs to the second site in the order a, b, c, ...

References
----------
.. [1] M. J. Mehl et al., "The AFLOW Library of Crystallographic Prototypes: Part 1", Comput. Mater. Sci. 136, S1
   (2017).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import spglib
from pymatgen.core import Lattice
from pymatgen.core.operations import SymmOp
from pyxtal.symmetry import Group

from ccdcgan.config.prototypes import Aflow, Prototypes
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell, Entry, Origin

__all__ = ["Prototype", "build", "read", "read_prototypes"]

LICENCE = "CDDL-1.0"
"""Of kim-tools."""
CITATION = "10.1016/j.commatsci.2017.01.017"
"""Of the encyclopedia's first part."""

DATA = Path("aflow_util/aflow_prototype_encyclopedia/data")
"""Where kim-tools keeps the encyclopedia, inside its package."""

TOLERANCE = 1e-3
"""Distance under which two positions are the same, in angstrom; also the precision of the symmetry search."""

COMMON_SITES, COMMON_ATOMS = 3, (10, 14)
"""Most Wyckoff sites (perovskite, tetradymite: 3) and atoms in the primitive cell (corundum: 10; of three species and
more, spinel: 14) of a structure type that every sample holds."""
DOUBTFUL = re.compile("obsolete|questionable|erroneous|disputed|hypothetical|original", re.IGNORECASE)
"""In the titles of structures that were refined later, or never found."""

CENTRING = {"P": 1, "A": 2, "C": 2, "I": 2, "F": 4, "R": 1}
"""Primitive cells in the cell that a Pearson symbol counts (AFLOW counts the primitive cell where it says R)."""

RHOMBOHEDRAL = {
    146: {"a": "x,x,x", "b": "x,y,z"},
    148: {"a": "0,0,0", "b": "1/2,1/2,1/2", "c": "x,x,x", "d": "1/2,0,0", "e": "0,1/2,1/2", "f": "x,y,z"},
    155: {"a": "0,0,0", "b": "1/2,1/2,1/2", "c": "x,x,x", "d": "0,y,-y", "e": "1/2,y,-y", "f": "x,y,z"},
    160: {"a": "x,x,x", "b": "x,x,z", "c": "x,y,z"},
    161: {"a": "x,x,x", "b": "x,y,z"},
    166: {
        "a": "0,0,0",
        "b": "1/2,1/2,1/2",
        "c": "x,x,x",
        "d": "1/2,0,0",
        "e": "0,1/2,1/2",
        "f": "x,-x,0",
        "g": "x,-x,1/2",
        "h": "x,x,z",
        "i": "x,y,z",
    },
    167: {"a": "1/4,1/4,1/4", "b": "0,0,0", "c": "x,x,x", "d": "1/2,0,0", "e": "x,-x+1/2,1/4", "f": "x,y,z"},
}
"""First position of every Wyckoff letter on rhombohedral axes (International Tables A), by space group.

AFLOW gives R groups on these axes; pyxtal's tables hold the hexagonal ones only.
"""

RHOMBOHEDRAL_HALL = {146: 434, 148: 437, 155: 445, 160: 451, 161: 453, 166: 459, 167: 461}
"""Hall number of the rhombohedral setting (spglib's numbering), by space group."""

HEXAGONAL_FROM_RHOMBOHEDRAL = np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3
"""Rhombohedral basis vectors (rows) in terms of the hexagonal ones, obverse setting."""


@dataclass(frozen=True)
class Prototype:
    """One entry of the encyclopedia."""

    label: str
    """AFLOW's label with its number, unique."""
    title: str
    """AFLOW's name of it, without markup."""
    part: int
    """Part of the encyclopedia; the best known structures are in the first."""
    parameters: Mapping[str, float]
    """Free parameters by name: a in angstrom, angles in degrees, ratios and fractional coordinates."""
    strukturbericht: str = ""
    """Its symbol in the Strukturbericht, such as B1, if it has one."""

    @property
    def common(self) -> tuple[int, int, int] | None:
        """Place among the simple and well-known structure types, None if it is none of them.

        These are the best known of the Strukturbericht (the encyclopedia's first part) with few Wyckoff sites and few
        atoms; what AFLOW calls obsolete, disputed or hypothetical does not count.
        """
        simple = len(self.sites) <= COMMON_SITES and self.n_atoms <= COMMON_ATOMS[self.n_species > 2]
        if not (simple and self.strukturbericht and self.part == 1) or DOUBTFUL.search(self.title):
            return None
        return len(self.sites), self.n_atoms, len(self.parameters)

    @property
    def pearson_symbol(self) -> str:
        """For example hR5."""
        return self.label.split("_")[1]

    @property
    def space_group(self) -> int:
        """Number in the International Tables."""
        return int(self.label.split("_")[2])

    @property
    def n_species(self) -> int:
        """Number of species."""
        return len(self._letters)

    @property
    def n_atoms(self) -> int:
        """Number of atoms in the primitive cell, from the Pearson symbol."""
        return int(self.pearson_symbol[2:]) // CENTRING[self.pearson_symbol[1]]

    @property
    def sites(self) -> list[tuple[str, int]]:
        """Wyckoff letter and species of each site, in the order in which AFLOW numbers their coordinates.

        By letter, then by species; the 27th letter, "A", comes first.
        """
        return sorted(
            (letter, species)
            for species, letters in enumerate(self._letters)
            for count, letter in re.findall(r"(\d*)([a-zA-Z])", letters)
            for _ in range(int(count or 1))
        )

    @property
    def _letters(self) -> list[str]:
        return self.label.rsplit("-", 1)[0].split("_")[3:]


def read(settings: Aflow, limits: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """Give the prototypes of the encyclopedia that a system's elements can fill.

    Parameters
    ----------
    settings
        Section ``prototypes.aflow`` of the config.
    limits
        Section ``prototypes``: no larger cell is built.
    system
        Element symbols; prototypes with as many species are given, with ``merge_species`` those with more as well.
    seed
        Of nothing here.

    Yields
    ------
    Entry
        Species as in AFLOW's label; then, for prototypes of few sites, the same cell with a species for every Wyckoff
        position (``recolour_sites``), under the label with ``.sites``.
    """
    for prototype in read_prototypes():
        origin = Origin("aflow", prototype.label, LICENCE, CITATION, prototype.label, prototype.title)
        rank = (len(prototype.parameters), prototype.part)
        cell: Cell | Rejected | None = None
        if prototype.n_species == len(system) or (settings.merge_species and prototype.n_species > len(system)):
            cell = _bounded(prototype, limits.max_atoms)
            common = prototype.common if prototype.n_species == len(system) else None
            yield Entry(origin, cell, merge=settings.merge_species, common=common, rank=(0, *rank))
        if max(prototype.n_species, len(system) - 1) < len(prototype.sites) <= settings.recolour_sites:
            # What `build` rejects is rejected once, under the plain label.
            by_site = _bounded(prototype, limits.max_atoms, by_site=True)
            if isinstance(by_site, Cell) or cell is None:
                name = f"{prototype.label}.sites"
                yield Entry(origin._replace(source_id=name), by_site, merge=True, rank=(1, *rank))


def _bounded(prototype: Prototype, max_atoms: int, by_site: bool = False) -> Cell | Rejected:
    if prototype.n_atoms > max_atoms:
        return Rejected(
            Reason.TOO_MANY_ATOMS, f"{prototype.n_atoms} atoms in the primitive cell, at most {max_atoms} allowed"
        )
    try:
        return build(prototype, by_site)
    except Rejected as error:
        return error


def read_prototypes() -> list[Prototype]:
    """Read the encyclopedia from the installed kim-tools, without importing that package (which takes long).

    Returns
    -------
    list of Prototype
        By label.

    Raises
    ------
    ValueError
        If kim-tools is missing, or does not hold the encyclopedia in the form known here.
    """
    spec = find_spec("kim_tools")
    folders = [Path(location) / DATA for location in (spec and spec.submodule_search_locations) or []]
    files = sorted(file for folder in folders for file in folder.glob("*/info.json"))
    if not files:
        raise ValueError(f"kim-tools: found no prototypes, expected {DATA}/*/info.json in its installed package")
    return [_read(file) for file in files]


def _read(file: Path) -> Prototype:
    try:
        info = json.loads(file.read_text())
        return Prototype(
            label=info["label"],
            title=re.sub(r"\\em\s*|\\[\"']|[\\${}_]", "", info["title"]).strip(),
            part=info["part"],
            parameters=dict(zip(info["parameter_symbols"], info["parameter_values"], strict=True)),
            strukturbericht=info["strukturbericht"] or "",
        )
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"{file}: found {type(error).__name__} {error}, expected label, title, part, Strukturbericht symbol and "
            "values of all parameters"
        ) from error


def build(prototype: Prototype, by_site: bool = False) -> Cell:
    """Build the primitive, Niggli-reduced cell of a prototype.

    Parameters
    ----------
    prototype
        Label and parameters.
    by_site
        Number atoms by their Wyckoff position instead of by their species, in the order of ``prototype.sites``.

    Raises
    ------
    Rejected
        ``unbuildable`` if parameters are missing or left over, or if the cell they give has another number of atoms or
        another space group (spglib) than the label says, or atoms in one place.
    """
    group = prototype.space_group
    lattice = _lattice(prototype)
    positions, species = [], []
    for number, (letter, kind) in enumerate(prototype.sites, start=1):
        coordinates = [
            prototype.parameters[f"{axis}{number}"] for axis in "xyz" if f"{axis}{number}" in prototype.parameters
        ]
        orbit = _orbit(_point(group, letter, coordinates), group, lattice)
        positions.append(orbit)
        species.append(np.full(len(orbit), kind))
    cell = Cell(lattice, np.concatenate(positions), np.concatenate(species))
    _check(prototype, cell)
    if by_site:
        cell = cell._replace(species=np.repeat(np.arange(len(positions)), [len(orbit) for orbit in positions]))
    primitive = Cell(*spglib.find_primitive(cell, symprec=TOLERANCE))
    reduced = spglib.niggli_reduce(primitive.lattice)
    fractional = np.linalg.solve(reduced.T, (primitive.positions @ primitive.lattice).T).T
    return Cell(reduced, fractional % 1, primitive.species)


def _lattice(prototype: Prototype) -> np.ndarray:
    """Vectors of the cell to which the parameters refer, shape (3, 3)."""
    given, group = prototype.parameters, prototype.space_group
    a, hexagonal = given["a"], 143 <= group <= 194
    lattice = Lattice.from_parameters(
        a,
        a * given.get("b/a", 1),
        a * given.get("c/a", 1),
        given.get("alpha", 90),
        given.get("beta", 90),
        given.get("gamma", 120 if hexagonal else 90),
    ).matrix
    return HEXAGONAL_FROM_RHOMBOHEDRAL @ lattice if group in RHOMBOHEDRAL else lattice


@cache
def _representatives(group: int) -> dict[str, SymmOp]:
    """First position of every Wyckoff letter, as a map from (x, y, z)."""
    if group in RHOMBOHEDRAL:
        return {letter: SymmOp.from_xyz_str(text) for letter, text in RHOMBOHEDRAL[group].items()}
    return {position.letter: position.ops[0] for position in Group(group)}


@cache
def _operations(group: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotations, shape (m, 3, 3), and translations, shape (m, 3), of a space group in AFLOW's setting."""
    hall_number = RHOMBOHEDRAL_HALL.get(group) or Group(group).hall_number
    operations = spglib.get_symmetry_from_database(hall_number)
    return operations["rotations"], operations["translations"]


def _point(group: int, letter: str, coordinates: list[float]) -> np.ndarray:
    """First position of a Wyckoff letter, shape (3,), from the values of its free coordinates, x before y before z.

    Values are taken in order and not by name, because AFLOW calls the coordinate on the threefold axis of an R group
    x in most labels and z in some.
    """
    representative = _representatives(group)[letter]
    free = representative.rotation_matrix.any(axis=0)
    if len(coordinates) != free.sum():
        raise Rejected(
            Reason.UNBUILDABLE,
            f"found {len(coordinates)} coordinates for Wyckoff position {letter} of space group {group}, "
            f"expected {free.sum()}",
        )
    values = np.zeros(3)
    values[free] = coordinates
    return representative.operate(values)


def _orbit(point: np.ndarray, group: int, lattice: np.ndarray) -> np.ndarray:
    """All positions equivalent to a point, each once, shape (m, 3)."""
    rotations, translations = _operations(group)
    images = (rotations @ point + translations) % 1
    return images[np.unique(_coincide(images, lattice).argmax(axis=1))]


def _coincide(positions: np.ndarray, lattice: np.ndarray) -> np.ndarray:
    """Which positions are the same but for a lattice vector, shape (n, n)."""
    difference = positions[:, None] - positions[None]
    distance = np.linalg.norm((difference - difference.round()) @ lattice, axis=-1)
    return distance < TOLERANCE


def _check(prototype: Prototype, cell: Cell) -> None:
    expected_atoms = int(prototype.pearson_symbol[2:])
    if len(cell.species) != expected_atoms:
        raise Rejected(Reason.UNBUILDABLE, f"found {len(cell.species)} atoms in the cell, expected {expected_atoms}")
    if _coincide(cell.positions, cell.lattice).sum() > expected_atoms:
        raise Rejected(Reason.UNBUILDABLE, "found two atoms in one place, expected a place for each")
    symmetry = spglib.get_symmetry_dataset(cell, symprec=TOLERANCE)
    found = symmetry.number if symmetry else "none"
    if found != prototype.space_group:
        raise Rejected(Reason.UNBUILDABLE, f"found space group {found}, expected {prototype.space_group}")
