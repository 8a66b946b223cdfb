"""The elements' own structures: where every reference comes from, and what is known before any run.

Three things compete for an element's reference phase: the structure in which it is found under ambient conditions, or
below its melting point if it is a gas or a liquid there (`GROUND_STATES`); the one that the default potential puts
lowest of all elemental prototypes with up to 32 atoms (``resources/references.md``); and the elemental prototypes with
at most ``prototypes.reference_atoms`` atoms. The first two are shipped relaxed (``resources/references.extxyz``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from ase import Atoms

from ccdcgan.config.project import RESOURCES
from ccdcgan.config.prototypes import Aflow, Prototypes
from ccdcgan.crystals.structures import Rejected, from_pymatgen, read_structures
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.filling import fill
from ccdcgan.prototypes.sources import aflow

__all__ = ["GROUND_STATES", "PLAIN", "elemental_phases", "fill_elemental", "ground_state", "substitute_elements"]

SHIPPED = RESOURCES / "references.extxyz"
"""Ground state and lowest structure of each element, relaxed by the default potential (`ccdcgan.database.elements`)."""
PLAIN = Aflow(merge_species=False, recolour_sites=0)
"""As many species as elements, each an element."""
FLUORINE = "A_mC8_15_f.alpha-F2"
"""Structure type that the encyclopedia lacks."""
GROUND_STATES = {
    "A_cI2_229_a-001": "Li Na K Rb Cs Ba V Nb Ta Cr Mo W Fe Eu",
    "A_cF4_225_a-001": "Ca Sr Al Ni Cu Rh Pd Ag Ir Pt Au Pb Ce Yb Ac Th",
    "A_hP2_194_c-001": "Be Mg Sc Y Ti Zr Hf Tc Re Ru Os Co Zn Cd Tl Gd Tb Dy Ho Er Tm Lu",
    "A_hP4_194_ac-001": "La Pr Nd Pm",
    "A_hR3_166_ac-001": "Sm",
    "A_cI58_217_ac2g-001": "Mn",
    "A_hR1_166_a-002": "Hg",
    "A_hR12_166_2h-001": "B",
    "A_oC8_64_f-001": "Ga",
    "A_tI2_139_a-001": "In",
    "A_hP4_194_bc-001": "C",
    "A_cF8_227_a-001": "Si Ge",
    "A_tI4_141_a-001": "Sn",
    "A_oC8_64_f-002": "P",
    "A_hR2_166_c-001": "As Sb Bi",
    "A_oF128_70_4h-001": "S",
    "A_hP3_152_a-001": "Se Te",
    "A_cP1_221_a-001": "Po",
    "A_cP8_205_c-001": "H N",
    "A_mC4_12_i-001": "O",
    FLUORINE: "F",
    "A_oC8_64_f-003": "Cl Br I",
    "A_tI2_139_a-002": "Pa",
    "A_oC4_63_c-001": "U",
    "A_oP8_62_2c-001": "Np",
    "A_mP16_11_8e-001": "Pu",
}
"""AFLOW's label -> elements (J. Donohue, The Structures of the Elements, Wiley, 1974). Where a choice was to be made:
alpha-B for the beta-B of 105 atoms that has the same energy; black P; grey Se; white Sn and gamma-Ce, those of room
temperature; the cubic packing of H2 in which its molecules are ordered."""
DENSITY = 0.93
"""Volume of a filled prototype over that of the element's own solid."""
LARGEST = 32
"""Atoms in the primitive cell of the largest ground state, alpha-S."""
WHATEVER = 10**6
"""Atoms that no elemental prototype has."""
MAX_ENLARGEMENT = 3.0
"""Of that volume, for the sake of contacts; beyond it a prototype does not fit an element."""


def ground_state(symbol: str) -> str | None:
    """Label of the structure in which an element is found; None if it is not in `GROUND_STATES`."""
    return next((label for label, symbols in GROUND_STATES.items() if symbol in symbols.split()), None)


def _alpha_fluorine() -> Cell:
    """F2 molecules on the inversion centres of C2/c, tilted from the normal of their layers towards b.

    Cell and length of the molecule at 10 K: S. I. Ivlev et al., Chem. Eur. J. 25, 3310 (2019). The tilt, of which the
    abstract gives no number, starts at 18 degrees and is for the relaxation to find.
    """
    a, b, c, beta = 5.4780, 3.2701, 7.2651, np.radians(102.088)
    cell = np.array([[a, 0, 0], [0, b, 0], [c * np.cos(beta), 0, c * np.sin(beta)]])
    tilt = np.radians(18)
    half = 1.404 / 2 * np.array([0, np.sin(tilt), np.cos(tilt)]) @ np.linalg.inv(cell)
    mirrored = half * [1, -1, 1]  # the glide turns the molecule at c/2 the other way.
    centres = np.array([[0.25, 0.25, 0], [0.75, 0.75, 0], [0.25, 0.75, 0.5], [0.75, 0.25, 0.5]])
    axes = [half, half, mirrored, mirrored]
    positions = [centre + sign * axis for centre, axis in zip(centres, axes, strict=True) for sign in (1, -1)]
    return Cell(cell, np.array(positions) % 1, np.zeros(8, dtype=int))


@cache
def _entries(max_atoms: int) -> tuple[Entry, ...]:
    """Every elemental prototype of at most so many atoms that can be built, the smallest and simplest first."""
    bound = Prototypes.model_construct(max_atoms=max_atoms)
    own = Entry(Origin("elements", FLUORINE, "", "10.1002/chem.201805298", "", "alpha-F2"), _alpha_fluorine())
    found = [*aflow.read(PLAIN, bound, ["X"], 0), own]
    built = [entry for entry in found if isinstance(entry.cell, Cell)]
    return tuple(sorted(built, key=lambda entry: (len(_cell(entry).species), entry.rank, entry.origin.name)))


def _cell(entry: Entry) -> Cell:
    assert isinstance(entry.cell, Cell)
    return entry.cell


def fill_elemental(symbol: str, max_atoms: int, max_enlargement: float = MAX_ENLARGEMENT) -> Iterator[Atoms]:
    """Every elemental prototype, filled with an element, the smallest first; no edge is too long.

    Parameters
    ----------
    symbol
        Of the element.
    max_atoms
        In the primitive cell.
    max_enlargement
        Largest factor by which contacts under 0.85 of the covalent ones may enlarge the volume; under 0.6 for the known
        ground state, whose contacts are real (2.6 angstrom in alpha-Np, 0.68 of the covalent one).

    Yields
    ------
    Atoms
        With ids such as ``aflow.A_cI2_229_a-001.Fe``.
    """
    known = ground_state(symbol)
    for entry in _entries(max_atoms):
        limits = Prototypes.model_construct(
            max_atoms=max_atoms,
            volume_scale=DENSITY,
            min_contact=0.6 if entry.origin.source_id == known else 0.85,
            max_volume_ratio=max_enlargement,
        )
        try:
            structure, _ = fill(_cell(entry), (symbol,), limits, np.inf, rescale=True)
        except Rejected:
            continue
        yield from_pymatgen(structure, f"{entry.origin.name}.{symbol}")


@cache
def _shipped() -> tuple[Atoms, ...]:
    return tuple(read_structures(SHIPPED)) if SHIPPED.exists() else ()


def substitute_elements(max_atoms: int, system: Sequence[str]) -> list[Atoms]:
    """Structures of each element among which its reference phase is the lowest.

    Parameters
    ----------
    max_atoms
        Elemental prototypes with at most this many atoms are among them, beside the shipped structures.
    system
        Element symbols.

    Returns
    -------
    list of Atoms
        Element by element; ``info["id"]`` names them. Lengths in angstrom.
    """
    structures: list[Atoms] = []
    for symbol in system:
        own = [atoms.copy() for atoms in _shipped() if atoms.symbols[0] == symbol]
        given = {atoms.info["id"] for atoms in own}
        known = ground_state(symbol)
        for atoms in fill_elemental(symbol, max(LARGEST, max_atoms)):
            name = atoms.info["id"]
            if name not in given and (len(atoms) <= max_atoms or name.split(".", 1)[1] == f"{known}.{symbol}"):
                own.append(atoms)
        structures += own
    return structures


def elemental_phases(structures: Sequence[Atoms]) -> list[Atoms]:
    """All that is known of the elements: every elemental prototype, and the shipped structures.

    A crystal that equals one of them is no discovery.

    Parameters
    ----------
    structures
        Only phases of elements that stand alone in one of them are given, so that compounds cost nothing.
    """
    system = sorted({atoms.symbols[0] for atoms in structures if len(set(atoms.symbols)) == 1})
    found = [atoms.copy() for atoms in _shipped() if atoms.symbols[0] in system]
    given = {atoms.info["id"] for atoms in found}
    every = (atoms for symbol in system for atoms in fill_elemental(symbol, WHATEVER, np.inf))
    return found + [atoms for atoms in every if atoms.info["id"] not in given]
