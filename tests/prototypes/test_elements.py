"""The elements' own structures."""

import numpy as np
import pytest
import spglib
from ase.data import chemical_symbols, reference_states
from ase.neighborlist import neighbor_list

from ccdcgan.config.elements import NOBLE_GASES, POTENTIAL_ELEMENTS
from ccdcgan.config.loading import load_config
from ccdcgan.crystals.matching import match_candidates
from ccdcgan.prototypes import elements
from ccdcgan.prototypes.elements import (
    FLUORINE,
    GROUND_STATES,
    elemental_phases,
    fill_elemental,
    ground_state,
    substitute_elements,
)
from ccdcgan.prototypes.sources.aflow import read_prototypes
from tests.conftest import ROOT, bi2se3

# ASE's names of simple structures, and AFLOW's.
SIMPLE = {
    "bcc": {"A_cI2_229_a-001"},
    "fcc": {"A_cF4_225_a-001"},
    "diamond": {"A_cF8_227_a-001"},
    "sc": {"A_cP1_221_a-001"},
    "hcp": {"A_hP2_194_c-001"},
}
OTHERWISE = {
    "C": "graphite, not diamond",
    "La": "dhcp, which ASE calls hcp",
    "Pr": "dhcp",
    "Nd": "dhcp",
    "Se": "ASE gives the lattice of its chains",
    "Te": "the same",
}


def test_every_element_has_one_ground_state():
    listed = " ".join(GROUND_STATES.values()).split()
    assert len(listed) == len(set(listed))
    assert set(POTENTIAL_ELEMENTS) - set(NOBLE_GASES) <= set(listed)
    labels = {prototype.label for prototype in read_prototypes() if prototype.n_species == 1}
    assert set(GROUND_STATES) - {FLUORINE} <= labels


def test_they_are_those_of_ase():
    compared = 0
    for symbol, state in zip(chemical_symbols, reference_states, strict=False):
        if state is None or state["symmetry"] not in SIMPLE or symbol in (*OTHERWISE, *NOBLE_GASES):
            continue
        assert ground_state(symbol) in SIMPLE[state["symmetry"]], symbol
        compared += 1
    assert compared > 50


@pytest.mark.parametrize(
    ("symbol", "neighbours", "distance"),
    # One atom of a molecule has one neighbour; S8 and B12, more. Lengths: CRC Handbook, to the 0.93 of the volume.
    [("N", 1, 1.10), ("O", 1, 1.21), ("H", 1, 0.74), ("F", 1, 1.40), ("Cl", 1, 1.99), ("Br", 1, 2.28), ("I", 1, 2.67)],
)
def test_molecules_are_molecules(symbol, neighbours, distance):
    """Shipped relaxed, so that their bonds are those of the molecules, to 6%."""
    [known] = [
        atoms
        for atoms in substitute_elements(0, [symbol])
        if atoms.info["id"].split(".", 1)[1] == f"{ground_state(symbol)}.{symbol}"
    ]
    lengths = neighbor_list("d", known, 1.2 * distance)
    assert len(lengths) == neighbours * len(known)
    assert lengths == pytest.approx(distance, rel=0.06)


def test_the_ground_state_is_there_whatever_the_bound():
    for symbol, size in (("S", 32), ("B", 12), ("Mn", 29), ("Ga", 4), ("P", 4), ("N", 8)):
        names = {atoms.info["id"].split(".", 1)[1]: len(atoms) for atoms in substitute_elements(0, [symbol])}
        assert names[f"{ground_state(symbol)}.{symbol}"] == size
        more = {atoms.info["id"] for atoms in substitute_elements(2, [symbol])}
        assert len(more) > len(names)


def test_shipped_structures_serve_if_there_are_none(monkeypatch):
    """The prototype itself then."""
    monkeypatch.setattr(elements, "_shipped", lambda: ())
    assert [atoms.info["id"] for atoms in substitute_elements(0, ["Bi", "F"])] == [
        "aflow.A_hR2_166_c-001.Bi",
        f"elements.{FLUORINE}.F",
    ]


def test_alpha_fluorine_is_that_of_the_paper():
    """C2/c, Z = 4, 127.26 angstrom^3, F-F 1.404; Ivlev et al., Chem. Eur. J. 25, 3310 (2019)."""
    cell = elements._alpha_fluorine()
    dataset = spglib.get_symmetry_dataset(cell, symprec=1e-4)
    assert dataset.international == "C2/c"
    assert abs(np.linalg.det(cell.lattice)) == pytest.approx(127.26, abs=0.05)
    [fluorine] = [atoms for atoms in fill_elemental("F", 4) if FLUORINE in atoms.info["id"]]
    scale = (127.26 / 8 / (fluorine.get_volume() / 4)) ** (1 / 3)
    nearest = np.sort(neighbor_list("d", fluorine, 3.5))
    assert nearest[:4] * scale == pytest.approx(1.404, abs=0.001)
    assert nearest[4] * scale > 2.8


def test_an_element_is_no_discovery():
    """Neither the reference nor any other prototype, however it is scaled; a compound costs no comparison."""
    config = load_config(ROOT / "config/config.yaml")
    wanted = ("A_hR2_166_c-001.Bi", "A_cP1_221_a-001.Bi", "A_hP3_152_a-001.Se")
    candidates = [
        atoms
        for symbol in ("Bi", "Se")
        for atoms in fill_elemental(symbol, 3)
        if atoms.info["id"].split(".", 1)[1] in wanted
    ]
    for number, atoms in enumerate(candidates):
        atoms.set_cell(1.05 * atoms.cell, scale_atoms=True)
        atoms.info = {"id": f"candidate-{number}"}
    assert len(candidates) == 3
    phases = elemental_phases(candidates)
    table = match_candidates(candidates, [bi2se3()], config.system, config.matching, phases)
    assert table["database_match"].notna().all()
    assert not table["distinct"].any()
    assert set(table["nearest_known"]) == {"bi2se3"}
    assert elemental_phases([bi2se3()]) == []
