"""Random crystals: their contacts by ASE, their symmetry by spglib, and that a seed always gives the same ones."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from scipy.stats import chisquare

from ccdcgan.config.loading import load_config
from ccdcgan.config.prototypes import Prototypes, Random
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes import substitution
from ccdcgan.prototypes.entry import Cell, Entry
from ccdcgan.prototypes.sources import random_crystals as random

SYSTEM = ["Bi", "Se"]
COUNT = 20
DEFAULT = load_config(Path(__file__).parents[3] / "config/config.yaml").prototypes


def settings(**changes: Any) -> Random:
    values = {"count": COUNT, "volume_factor": 1.6, "lattices": 3, "time_limit": 60.0}
    return Random(**{**values, **changes})


def limits(max_atoms: int = 6) -> Prototypes:
    return DEFAULT.model_copy(update={"max_atoms": max_atoms})


def same(first: Entry, second: Entry) -> bool:
    if isinstance(first.cell, Rejected) or isinstance(second.cell, Rejected):
        return str(first.cell) == str(second.cell) and first.origin == second.origin
    return first.origin == second.origin and all(map(np.array_equal, first.cell, second.cell))


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return list(random.read(settings(), limits(), SYSTEM, 0))


@pytest.fixture(scope="module")
def cells(entries: list[Entry]) -> list[Cell]:
    return [entry.cell for entry in entries if isinstance(entry.cell, Cell)]


def test_one_entry_for_each_crystal_asked_for(entries: list[Entry], cells: list[Cell]) -> None:
    assert [entry.origin.source_id for entry in entries] == [f"0-{number}" for number in range(COUNT)]
    assert all(entry.elements == ("Bi", "Se") for entry in entries)
    assert len(cells) > COUNT / 3
    for entry in entries:
        if isinstance(entry.cell, Rejected):
            assert entry.cell.reason is Reason.UNBUILDABLE
            assert "in space group" in entry.cell.detail


def test_crystals_hold_all_elements_at_a_distance(cells: list[Cell]) -> None:
    for cell in cells:
        assert set(cell.species) == {0, 1}
        assert len(cell.species) == len(cell.positions) <= 6
        atoms = Atoms(
            [SYSTEM[kind] for kind in cell.species], cell=cell.lattice, scaled_positions=cell.positions, pbc=True
        )
        first, second, distance = neighbor_list("ijd", atoms, cutoff=3.0)
        radii = covalent_radii[atoms.numbers]
        assert (distance > 0.85 * (radii[first] + radii[second]) - 1e-3).all()


def test_crystals_are_primitive_and_of_many_kinds(cells: list[Cell]) -> None:
    for cell in cells:
        assert len(spglib.find_primitive(cell, symprec=1e-3)[2]) == len(cell.species)
    groups = {spglib.get_symmetry_dataset(cell, symprec=1e-3).number for cell in cells}
    assert len(groups) > len(cells) / 3
    assert len({tuple(np.bincount(cell.species)) for cell in cells}) > 5


def test_every_crystal_enters_the_stage_as_it_is_or_is_rejected(entries: list[Entry], cells: list[Cell]) -> None:
    candidates, rejects, _ = substitution._eligible(entries, SYSTEM, limits())
    assert len(candidates) + len(rejects) == COUNT
    assert {error.reason for _, error in rejects} <= {Reason.UNBUILDABLE, Reason.TOO_LONG}
    by_name = {each.name: each.structure for each in candidates}
    volumes = {f"random.{entry.origin.source_id}": entry.cell for entry in entries}
    for name, structure in by_name.items():
        cell = volumes[name]
        assert isinstance(cell, Cell)
        assert structure.volume == pytest.approx(abs(np.linalg.det(cell.lattice)))


def test_a_seed_gives_the_same_crystals_and_a_larger_count_more(entries: list[Entry]) -> None:
    again = list(random.read(settings(count=6, time_limit=1000.0), limits(), SYSTEM, 0))
    assert all(map(same, again, entries))
    others = random.read(settings(count=6), limits(), SYSTEM, 1)
    assert not any(map(same, others, entries))


def test_a_crystal_that_takes_too_long_is_given_up() -> None:
    entries = list(random.read(settings(count=3, time_limit=1e-9), limits(), SYSTEM, 0))
    assert [str(entry.cell.reason) for entry in entries if isinstance(entry.cell, Rejected)] == ["time_limit"] * 3
    assert all("over 1e-09 s of CPU time" in str(entry.cell) for entry in entries)


def test_atoms_without_a_place_are_given_up() -> None:
    with pytest.raises(Rejected, match="no places for all atoms in 2 lattices") as caught:
        random.draw(settings(volume_factor=0.2, lattices=2), limits(), SYSTEM, np.random.SeedSequence(0))
    assert caught.value.reason is Reason.UNBUILDABLE


@pytest.mark.parametrize(
    "expected",
    [
        {(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1)},
        {(1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1)},
    ],
)
def test_all_compositions_are_equally_likely(expected: set[tuple[int, ...]]) -> None:
    generator, draws = np.random.default_rng(0), 6000
    n_elements = len(min(expected))
    found = Counter(random._composition(n_elements, 4, generator) for _ in range(draws))
    assert set(found) == expected
    assert chisquare(list(found.values())).pvalue > 0.001


def test_elements_without_an_atom_each_are_rejected() -> None:
    with pytest.raises(Rejected, match="3 elements, at most 2 atoms allowed"):
        random.draw(settings(), limits(max_atoms=2), ["Bi", "Sb", "Se"], np.random.SeedSequence(0))


@pytest.mark.parametrize(
    ("composition", "inside", "outside"),
    [((1, 1), {216, 221, 225}, {227, 194}), ((2, 3), {164, 166}, {225, 227}), ((2, 2), {194, 227}, {220, 230})],
)
def test_space_groups_that_hold_a_composition(
    composition: tuple[int, ...], inside: set[int], outside: set[int]
) -> None:
    """Zinc blende, CsCl and rock salt; Bi2Te3; NiAs. No position of the others is small enough, or free."""
    found = set(random._compatible(composition))
    assert inside <= found
    assert not outside & found
