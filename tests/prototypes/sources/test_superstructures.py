"""Ordered superstructures against published counts and pymatgen's comparison of crystals."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import spglib
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Structure

from ccdcgan.config.loading import load_config
from ccdcgan.config.prototypes import Prototypes, Superstructures
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes import substitution
from ccdcgan.prototypes.entry import Cell
from ccdcgan.prototypes.sources import aflow
from ccdcgan.prototypes.sources import superstructures as module
from ccdcgan.prototypes.sources.aflow import Prototype, build, read_prototypes
from ccdcgan.prototypes.sources.superstructures import read, superstructures

pytest.importorskip("icet", reason="the extra superstructures is not installed")

PROTOTYPES = {prototype.label: prototype for prototype in read_prototypes()}
DEFAULT = load_config(Path(__file__).parents[3] / "config/config.yaml").prototypes
FCC, HCP = "A_cF4_225_a-001", "A_hP2_194_c-001"
SETTINGS = Superstructures(max_prototype_atoms=2, max_atoms=4)


def limits(max_atoms: int = 20) -> Prototypes:
    return DEFAULT.model_copy(update={"max_atoms": max_atoms})


def cells(label: str, n_species: int, max_atoms: int) -> list[Cell]:
    return list(superstructures(build(PROTOTYPES[label]), n_species, max_atoms))


def structure(cell: Cell) -> Structure:
    return Structure(cell.lattice, [["Bi", "Se", "Te"][kind] for kind in cell.species], cell.positions)


def test_as_many_as_published() -> None:
    """Hart and Forcade, Phys. Rev. B 77, 224115 (2008): binary superstructures of fcc by the size of their cell.

    They count those once that differ by an exchange of the two species; here that holds where there are more A than B.
    """
    found = Counter(len(cell.species) for cell in cells(FCC, 2, 7))
    assert [found[size] for size in (2, 3, 4, 5, 7)] == [2, 3, 12, 14, 52]
    assert 50 <= found[6] <= 80


def test_the_known_orderings_of_fcc_are_there() -> None:
    """AuCu (L1_0), Au3Cu (L1_2) and CuPt (L1_1), from the encyclopedia itself."""
    matcher = StructureMatcher()
    found = [structure(cell) for cell in cells(FCC, 2, 4)]
    for label in ("AB_tP2_123_a_d-001", "AB3_cP4_221_a_c-001", "AB_hR2_166_a_b-001"):
        assert sum(matcher.fit_anonymous(structure(build(PROTOTYPES[label])), each) for each in found) == 1, label


@pytest.mark.parametrize(("label", "n_species", "max_atoms"), [(FCC, 2, 5), (HCP, 2, 6), (HCP, 3, 4)])
def test_primitive_distinct_and_complete(label: str, n_species: int, max_atoms: int) -> None:
    """All sites of the parent, all species, in no smaller cell; and no two the same crystal."""
    parent = build(PROTOTYPES[label])
    volume = abs(np.linalg.det(parent.lattice)) / len(parent.species)
    found = cells(label, n_species, max_atoms)
    for cell in found:
        counts = np.bincount(cell.species)
        assert len(counts) == n_species
        assert counts.min() > 0
        assert list(counts) == sorted(counts, reverse=True)
        assert len(cell.species) == len(cell.positions) <= max_atoms
        assert len(spglib.find_primitive(cell, symprec=1e-3)[2]) == len(cell.species)
        assert abs(np.linalg.det(cell.lattice)) == pytest.approx(volume * len(cell.species))
    assert [len(cell.species) for cell in found] == sorted(len(cell.species) for cell in found)
    strict = StructureMatcher(ltol=0.01, stol=0.01, angle_tol=0.1, scale=False, primitive_cell=False)
    structures = [structure(cell) for cell in found]
    assert not [1 for first, second in combinations(structures, 2) if strict.fit(first, second)]


def test_every_cell_is_a_named_entry_of_the_stage() -> None:
    entries = list(read(SETTINGS, limits(), ["Bi", "Se"], 0))
    small = {label for label, each in PROTOTYPES.items() if each.n_species == 1 and each.n_atoms <= 2}
    assert {entry.origin.source_id.split(".")[0] for entry in entries} == small
    assert len({entry.origin.source_id for entry in entries}) == len(entries)
    assert all(entry.elements is None and entry.origin.source == "superstructures" for entry in entries)
    candidates, rejects, _ = substitution._eligible(entries[:40], ["Bi", "Se"], limits())
    assert len(candidates) + len(rejects) == 80
    assert {error.reason for _, error in rejects} <= {Reason.TOO_LONG, Reason.VOLUME}
    assert {len(each.structure.composition) for each in candidates} == {2}


def test_always_the_same_in_the_same_order() -> None:
    first, second = ([*read(SETTINGS, limits(max_atoms=3), ["Bi", "Se"], seed)] for seed in (0, 1))
    assert max(len(entry.cell.species) for entry in first if isinstance(entry.cell, Cell)) == 3
    for one, other in zip(first, second, strict=True):
        assert one.origin == other.origin
        assert isinstance(one.cell, Cell)
        assert isinstance(other.cell, Cell)
        assert all(np.array_equal(a, b) for a, b in zip(one.cell, other.cell, strict=True))


def test_a_prototype_that_cannot_be_built_is_rejected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(prototype: Prototype) -> Cell:
        raise Rejected(Reason.UNBUILDABLE, "no such cell")

    monkeypatch.setattr(aflow, "build", fails)
    entries = list(read(SETTINGS, limits(), ["Bi", "Se"], 0))
    assert all(isinstance(entry.cell, Rejected) for entry in entries)
    assert FCC in {entry.origin.source_id for entry in entries}


def test_a_missing_icet_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="found superstructures, expected icet"):
        list(read(SETTINGS, limits(), ["Bi", "Se"], 0))
