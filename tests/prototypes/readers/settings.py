"""Crystals in each of spglib's 530 settings of space groups, as CIFs that name the setting and list no operators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import gemmi
import numpy as np
import spglib
from pymatgen.core import Lattice

LAST = 530
VOLUME = 25.0
"""Of an atom, in angstrom^3."""


class Crystal(NamedTuple):
    """A crystal in a setting, with all atoms that spglib's operators give."""

    setting: int
    """Number of spglib's table."""
    lattice: Lattice
    sites: list[tuple[str, np.ndarray]]
    """Element and fractional coordinates of the sites, as the CIF says them."""
    atoms: list[tuple[str, np.ndarray]]
    """All in the cell."""

    @property
    def counts(self) -> Counter[str]:
        return Counter(symbol for symbol, _ in self.atoms)


def operators(setting: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotations and translations, by spglib."""
    found = spglib.get_symmetry_from_database(setting)
    return found["rotations"], found["translations"]


def random_crystal(setting: int, seed: int, special: bool, elements: Sequence[str] = ("Bi", "Se", "Se")) -> Crystal:
    """Random sites, at general positions or at random special ones, in a random cell that the setting allows."""
    random = np.random.default_rng([setting, seed])
    rotations, translations = operators(setting)
    skewed = random.normal(size=(3, 3)) + 3 * np.eye(3)
    metric = np.mean([turn.T @ skewed @ skewed.T @ turn for turn in rotations], axis=0)
    lattice = Lattice(np.linalg.cholesky(metric))
    while True:
        places = [random.random(3) for _ in elements]
        if special:
            places = [_on_an_element(place, rotations, translations, random) for place in places]
        places = [np.round(place, 9) for place in places]
        atoms = [
            (symbol, atom)
            for symbol, place in zip(elements, places, strict=True)
            for atom in orbit(place, rotations, translations)
        ]
        if len(np.unique(np.round([atom for _, atom in atoms], 5) % 1, axis=0)) == len(atoms):
            break  # no two sites are one
    lattice = lattice.scale(VOLUME * len(atoms))
    lattice = Lattice.from_parameters(*(round(value, 6) for value in lattice.parameters))
    return Crystal(setting, lattice, list(zip(elements, places, strict=True)), atoms)


def _on_an_element(
    place: np.ndarray, rotations: np.ndarray, translations: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """The place moved onto a symmetry element without translation along it, if the one drawn is such."""
    index = random.integers(len(rotations))
    images = [place]
    for _ in range(11):
        images.append(rotations[index] @ images[-1] + translations[index])
    moved = np.mean(images, axis=0)
    return moved if np.allclose(rotations[index] @ moved + translations[index], moved) else place


def orbit(place: np.ndarray, rotations: np.ndarray, translations: np.ndarray) -> list[np.ndarray]:
    """All images of a place, each once."""
    images = (rotations @ place + translations) % 1
    ways = np.abs((images[:, None] - images + 0.5) % 1 - 0.5).max(axis=2)
    earlier = np.tril(ways < 1e-7, -1).any(axis=1)
    return list(images[~earlier])


def as_cif(crystal: Crystal, names: dict[str, object], formula: bool = True, units: bool = False) -> str:
    """A CIF that names the setting by some tags."""
    counts = crystal.counts
    common = int(np.gcd.reduce(list(counts.values())))
    lines = ["data_x", *(f"{tag} {gemmi.cif.quote(str(value))}" for tag, value in names.items())]
    if formula:
        lines.append(
            "_chemical_formula_sum '" + " ".join(f"{each}{count // common}" for each, count in counts.items()) + "'"
        )
    if units:
        lines.append(f"_cell_formula_units_Z {common}")
    for name, value in zip(
        ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"),
        crystal.lattice.parameters,
        strict=True,
    ):
        lines.append(f"_cell_{name} {value:.6f}")
    lines += ["loop_", "_atom_site_label", *(f"_atom_site_fract_{axis}" for axis in "xyz")]
    for number, (symbol, place) in enumerate(crystal.sites, 1):
        lines.append(f"{symbol}{number} " + " ".join(f"{value:.9f}" for value in place))
    return "\n".join(lines) + "\n"


def by_hall(setting: int) -> dict[str, object]:
    return {"_symmetry_space_group_name_Hall": spglib.get_spacegroup_type(setting).hall_symbol}


def by_full_symbol(setting: int) -> dict[str, object]:
    kind = spglib.get_spacegroup_type(setting)
    return {
        "_symmetry_space_group_name_H-M": kind.international_full.replace("_", ""),
        "_symmetry_Int_Tables_number": kind.number,
    }


def by_short_symbol(setting: int) -> dict[str, object]:
    """Of the setting: spglib's own short symbols of monoclinic settings are those of the group's standard one."""
    kind = spglib.get_spacegroup_type(setting)
    words = kind.international_full.replace("_", "").split()
    short = " ".join(word for word in words if word != "1") if 3 <= kind.number <= 15 else kind.international_short
    return {"_symmetry_space_group_name_H-M": short.replace("_", "")}


def by_number(setting: int) -> dict[str, object]:
    return {"_symmetry_Int_Tables_number": spglib.get_spacegroup_type(setting).number}


def is_same(crystal: Crystal, symbols: Sequence[str], places: np.ndarray) -> bool:
    """Whether atoms are all those of the crystal, in the same cell."""
    if Counter(symbols) != crystal.counts:
        return False
    for symbol, atom in crystal.atoms:
        near = np.abs((places - atom + 0.5) % 1 - 0.5).max(axis=1) < 1e-6
        if sum(symbols[index] == symbol for index in np.flatnonzero(near)) != 1:
            return False
    return True
