"""Substitution of the elements of a system into prototypes."""

import re
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Composition

from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Aflow, Files, Prototypes
from ccdcgan.crystals.structures import REJECT_COLUMNS, Reason, Rejected, read_structures, to_pymatgen, write_structures
from ccdcgan.prototypes import substitution
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.filling import fill
from ccdcgan.prototypes.sources import aflow
from ccdcgan.prototypes.sources.aflow import Prototype, build, read_prototypes
from ccdcgan.prototypes.substitution import (
    PrototypeSet,
    substitute_prototypes,
    substitute_subsystems,
)
from tests.prototypes.support import rock_salt

MATCHING = Matching(ltol=0.2, stol=0.3, angle_tol=5.0)
ATOMIC_VOLUME = {"Bi": 35.4, "Se": 27.3, "Sb": 30.2, "Te": 34.0}
"""Angstrom^3, from the elements' densities (9.78, 4.81, 6.70, 6.24 g/cm^3)."""


PLAIN = Aflow(merge_species=False, recolour_sites=0)
FILES = Files(paths=[], cif_column="cif", merge_species=False, max_size=1.0, time_limit=1.0, licence="", citation="")


def section(**changes: Any) -> Prototypes:
    values = {
        **dict.fromkeys(Prototypes.model_fields),
        "sources": ["aflow"],
        "aflow": PLAIN,
        "max_atoms": 4,
        "max_length": 10.0,
        "volume_scale": 0.93,
        "min_contact": 0.85,
        "max_volume_ratio": 2.0,
        "reference_atoms": 4,
        "sample": 1000,
        "subsystems": 0,
    }
    return Prototypes(**{**values, **changes})


def substitute(system: str = "Bi-Se", seed: int = 0, **changes: Any) -> PrototypeSet:
    return substitute_prototypes(section(**changes), system.split("-"), MATCHING, seed)


@pytest.fixture(scope="module")
def binary() -> PrototypeSet:
    return substitute()


@pytest.fixture(scope="module", params=["Bi-Se", "Sb-Te", "Bi-Sb-Te"])
def system(request: pytest.FixtureRequest) -> list[str]:
    return request.param.split("-")


@pytest.fixture(scope="module")
def everything(system: list[str]) -> PrototypeSet:
    return substitute("-".join(system), max_atoms=6 if len(system) == 2 else 5)


def relative_contacts(atoms: Atoms) -> np.ndarray:
    first, second, distance = neighbor_list("ijd", atoms, cutoff=5.0)
    radii = covalent_radii[atoms.numbers]
    return distance / (radii[first] + radii[second])


def volume_ratio(atoms: Atoms) -> float:
    own = sum(ATOMIC_VOLUME[symbol] for symbol in atoms.get_chemical_symbols())
    return atoms.get_volume() / (0.93 * own)


def test_every_candidate_is_in_one_table(everything: PrototypeSet, system: list[str]) -> None:
    largest = 6 if len(system) == 2 else 5
    known = [prototype for prototype in read_prototypes() if prototype.n_species == len(system)]
    expected = [f"aflow.{prototype.label}" for prototype in known if prototype.n_atoms > largest] + [
        ".".join(["aflow", prototype.label, *elements])
        for prototype in known
        if prototype.n_atoms <= largest
        for elements in permutations(system)
    ]
    assert sorted([*everything.table.id, *everything.rejected.id]) == sorted(expected)


def test_tables_have_the_agreed_columns(everything: PrototypeSet) -> None:
    assert list(everything.table) == substitution.TABLE_COLUMNS
    assert list(everything.rejected) == REJECT_COLUMNS
    assert list(everything.table.id) == [atoms.info["id"] for atoms in everything.structures]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in everything.table.id)


def test_table_describes_the_structures(everything: PrototypeSet, system: list[str]) -> None:
    for atoms, row in zip(everything.structures, everything.table.itertuples(), strict=True):
        cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
        assert spglib.get_symmetry_dataset(cell, symprec=1e-3).number == row.space_group
        assert len(spglib.find_primitive(cell, symprec=1e-3)[2]) == len(atoms) == row.n_atoms <= 6
        assert row.longest_edge == pytest.approx(max(atoms.cell.lengths()))
        assert row.volume_per_atom == pytest.approx(atoms.get_volume() / len(atoms))
        assert row.formula == atoms.get_chemical_formula(mode="metal")
        assert set(atoms.get_chemical_symbols()) == set(system)


def test_elements_follow_the_stoichiometry(everything: PrototypeSet) -> None:
    for atoms, row in zip(everything.structures, everything.table.itertuples(), strict=True):
        counts = [int(count or 1) for count in re.findall(r"[A-Z](\d*)", row.stoichiometry)]
        found = [atoms.get_chemical_symbols().count(element) for element in row.id.split(".")[2:]]
        assert np.array(found) * sum(counts) == pytest.approx(np.array(counts) * len(atoms))


def test_volume_follows_the_rule_unless_contacts_enlarge_it(everything: PrototypeSet) -> None:
    enlarged = 0
    for atoms in everything.structures:
        ratio, contact = volume_ratio(atoms), relative_contacts(atoms).min(initial=np.inf)
        assert 0.99 < ratio < 2.01
        assert contact > 0.85 - 1e-6
        if ratio > 1.01:
            enlarged += 1
            assert contact == pytest.approx(0.85)
    assert 0 < enlarged < len(everything.structures)


def test_edges_are_bounded(binary: PrototypeSet) -> None:
    smaller = substitute(max_length=6.0)
    assert smaller.table.longest_edge.max() < 6.0
    too_long = smaller.rejected[smaller.rejected.reason == "too_long"]
    edges = binary.table.set_index("id").longest_edge
    assert set(edges[edges >= 6.0].index) <= set(too_long.id)
    assert not set(edges[edges < 6.0].index) & set(too_long.id)


def test_rejected_for_volume_are_those_beyond_the_ratio(binary: PrototypeSet) -> None:
    tighter = substitute(max_volume_ratio=1.2)
    rejected = set(tighter.rejected[tighter.rejected.reason == "volume"].id)
    ratios = {atoms.info["id"]: volume_ratio(atoms) for atoms in binary.structures}
    assert {name for name, ratio in ratios.items() if ratio > 1.21} <= rejected
    assert not {name for name, ratio in ratios.items() if ratio < 1.19} & rejected
    assert set(binary.rejected[binary.rejected.reason == "volume"].id) <= rejected


def test_large_prototypes_are_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    def watched(prototype: Prototype, by_site: bool) -> Cell:
        built.append(prototype.n_atoms)
        return build(prototype, by_site)

    monkeypatch.setattr(aflow, "build", watched)
    result = substitute(max_atoms=2)
    assert max(built) == 2
    large = {known.label for known in read_prototypes() if known.n_species == 2 and known.n_atoms > 2}
    rejected = result.rejected[result.rejected.reason == "too_many_atoms"]
    assert sorted(rejected.id) == sorted(f"aflow.{label}" for label in large)


def test_unbuildable_ones_do_not_stop_the_others() -> None:
    """The encyclopedia's cubic Sr-Ir-O entry lacks a coordinate."""
    entries = [*aflow.read(PLAIN, section(max_atoms=45), ["Bi", "Sb", "Te"], 0)]
    (unbuildable,) = (each for each in entries if each.origin.source_id.startswith("A2B6C7_cI90_204"))
    assert isinstance(unbuildable.cell, Rejected)
    assert unbuildable.cell.reason == "unbuildable"
    assert sum(isinstance(each.cell, Cell) for each in entries) > 400


def test_distinct_cells_do_not_match(binary: PrototypeSet) -> None:
    """In the order of the stage: at its bounds, StructureMatcher depends on which of the two comes first.

    But for common structure types, which may stand beside a similar one of another space group.
    """
    prototypes = {prototype.label: prototype for prototype in read_prototypes()}
    structures = {atoms.info["id"]: to_pymatgen(atoms) for atoms in binary.structures}

    def complexity(name: str) -> tuple[int, int, int, str]:
        prototype = prototypes[name.split(".")[1]]
        return prototype.n_atoms, len(prototype.parameters), prototype.part, name

    ordered = sorted(structures, key=complexity)
    assert len(ordered) > 50
    matcher = StructureMatcher(ltol=0.2, stol=0.3, angle_tol=5)
    groups = dict(zip(binary.table.id, binary.table.space_group, strict=True))

    def common(name: str) -> bool:
        return prototypes[name.split(".")[1]].common is not None

    for one, other in combinations(ordered, 2):
        if matcher.fit(structures[one], structures[other]):
            assert common(one) or common(other)
            assert groups[one] != groups[other]


def test_duplicates_name_the_one_that_they_match(binary: PrototypeSet) -> None:
    duplicates = binary.rejected[binary.rejected.reason == "duplicate"].set_index("id").detail
    assert duplicates["aflow.AB_cF8_225_a_b-001.Se.Bi"] == "matches aflow.AB_cF8_225_a_b-001.Bi.Se"
    structures = {atoms.info["id"]: to_pymatgen(atoms) for atoms in binary.structures}
    prototypes = {prototype.label: prototype for prototype in read_prototypes()}
    matcher = StructureMatcher(ltol=0.2, stol=0.3, angle_tol=5)
    for name, detail in duplicates.items():
        _, label, *elements = name.split(".")
        mine, _ = fill(build(prototypes[label]), tuple(elements), section(), 10.0, rescale=True)
        assert matcher.fit(structures[detail.removeprefix("matches ")], mine)


def test_bismuth_selenide() -> None:
    """Its rhombohedral cell; measured: longest edge 9.84 angstrom, 28.4 angstrom^3 per atom."""
    found = substitute(max_atoms=5)
    structures = {atoms.info["id"]: to_pymatgen(atoms) for atoms in found.structures}
    structure = structures["aflow.A2B3_hR5_166_c_ac-001.Bi.Se"]
    assert structure.formula == "Bi2 Se3"
    assert max(structure.lattice.abc) == pytest.approx(9.84, rel=0.05)
    assert structure.volume / 5 == pytest.approx(28.4, rel=0.02)
    row = found.table.set_index("id").loc["aflow.A2B3_hR5_166_c_ac-001.Bi.Se"]
    assert tuple(row[["source", "source_id", "stoichiometry", "space_group", "licence"]]) == (
        "aflow",
        "A2B3_hR5_166_c_ac-001",
        "A2B3",
        166,
        "CDDL-1.0",
    )


def test_samples_are_nested(binary: PrototypeSet) -> None:
    smaller = substitute(sample=40)
    assert list(smaller.table.id) == list(binary.table.id[:40])
    left_out = smaller.rejected[smaller.rejected.reason == "not_sampled"]
    assert set(left_out.id) == set(binary.table.id[40:])


def test_subsystems_follow_as_in_runs_of_their_own() -> None:
    beside = substitute_subsystems(section(subsystems=4), ["Bi", "Sb", "Te"], MATCHING, seed=0)
    alone = [substitute("-".join(part), sample=4) for part in combinations(["Bi", "Sb", "Te"], 2)]
    assert list(beside.table.id) == [name for each in alone for name in each.table.id]
    assert [atoms.info["id"] for atoms in beside.structures] == list(beside.table.id)
    rejected = set().union(*(each.rejected.id for each in alone))
    assert sorted(beside.rejected.id) == sorted(rejected)
    assert not rejected & set(beside.table.id)
    assert len(beside.table) == 12


def test_compositions_take_turns(everything: PrototypeSet) -> None:
    """After the common structure types."""
    types = {prototype.label: prototype for prototype in read_prototypes()}
    common = [types[label].common for label in everything.table.prototype]
    first = sum(place is not None for place in common)
    assert common[:first] == sorted(place for place in common if place is not None)
    others = everything.structures[first:]
    compositions = [to_pymatgen(atoms).composition.reduced_formula for atoms in others]
    kinds = len(set(compositions))
    assert kinds > 5
    assert len(set(compositions[:kinds])) == kinds


def test_same_seed_same_result(binary: PrototypeSet) -> None:
    again = substitute()
    assert again.table.equals(binary.table)
    assert again.rejected.equals(binary.rejected)
    assert all(
        np.array_equal(a.positions, b.positions) for a, b in zip(again.structures, binary.structures, strict=True)
    )
    other = substitute(seed=1)
    assert set(other.table.id) == set(binary.table.id)
    assert list(other.table.id) != list(binary.table.id)


def test_structures_survive_their_file(binary: PrototypeSet, tmp_path) -> None:
    write_structures(tmp_path / "structures.extxyz", binary.structures)
    again = read_structures(tmp_path / "structures.extxyz")
    assert [atoms.info["id"] for atoms in again] == list(binary.table.id)
    assert np.allclose(again[0].cell.array, binary.structures[0].cell.array, atol=1e-6)


@pytest.mark.parametrize("formula", ["GaN", "BN", "NaCl", "LiO", "TiO", "AlNi"])
def test_simple_and_common_types_are_in_every_sample(formula: str) -> None:
    """Among the first hundred cells, whatever the system: sizes and contacts follow from the elements."""
    system = [element.symbol for element in Composition(formula)]
    found = substitute("-".join(system), max_atoms=6, max_length=None, volume_scale=None, sample=100)
    labels = {name.split(".")[1] for name in found.table.id}
    for label in (
        "AB_cF8_225_a_b-001",  # rock salt
        "AB_cF8_216_a_c-001",  # zincblende
        "AB_hP4_186_b_b-001",  # wurtzite, which StructureMatcher takes for flat boron nitride
        "AB_cP2_221_a_b-002",  # CsCl
        "AB_hP4_194_c_a-001",  # NiAs
        "AB2_cF12_225_a_c-001",  # fluorite
        "A2B_tP6_136_f_a-001",  # rutile
    ):
        assert label in labels


def test_a_known_compound_comes_first_and_stays(tmp_path, monkeypatch) -> None:
    """A user's wurtzite is no duplicate of the user's flat boron nitride, and an element is a reference."""
    types = {prototype.label: prototype for prototype in read_prototypes()}
    entries = [
        Entry(Origin("files", f"{name}.cif", "", ""), build(types[label]), elements)
        for name, label, elements in (
            ("flat", "AB_hP4_194_c_d-001", ("Ga", "N")),
            ("wurtzite", "AB_hP4_186_b_b-001", ("Ga", "N")),
            ("again", "AB_hP4_186_b_b-001", ("Ga", "N")),
            ("gallium", "A_oC8_64_f-001", ("Ga",)),
        )
    ]
    plain = [*aflow.read(PLAIN, section(), ["Ga", "N"], 0)]
    monkeypatch.setattr(substitution, "read_entries", lambda *_: [*plain, *entries])
    found = substitute("Ga-N", sources=["aflow", "files"], files=FILES, sample=50)
    assert sum(name.startswith("files.") for name in found.table.id[:2]) == 2
    groups = {186: {"files.wurtzite.cif", "files.again.cif"}, 194: {"files.flat.cif"}}
    for row in found.table[:2].itertuples():
        assert row.id in groups[row.space_group]
    details = found.rejected.set_index("id").detail
    assert "an element" in details["files.gallium.cif"]
    assert [atoms.info["id"] for atoms in found.elements] == ["files.gallium.cif"]


@pytest.mark.filterwarnings("ignore:No data available for molar_volume")
def test_systems_without_prototypes_or_volumes_are_refused() -> None:
    many = ["H", "He", "Li", "Be", "B", "C", "N", "O"]
    with pytest.raises(ValueError, match=r"sources: found no usable structure of H-He.* of aflow"):
        substitute_prototypes(section(), many, MATCHING, seed=0)
    with pytest.raises(ValueError, match="found At, expected an element whose molar volume"):
        substitute_prototypes(section(), ["At", "Se"], MATCHING, seed=0)


MORE = Aflow(merge_species=True, recolour_sites=4)


def test_more_species_than_elements_share_them() -> None:
    found = substitute(aflow=MORE)
    names = [*found.table.id, *found.rejected.id]
    assert len(names) == len(set(names))
    plain = substitute()
    assert set(plain.table.id) <= set(found.table.id) | set(found.rejected.id)
    assert len(found.table) > 1.5 * len(plain.table)
    # Every way of giving two elements to three species, and to three sites, but for the two with one element only.
    ways = {elements for elements in product(["Bi", "Se"], repeat=3) if len(set(elements)) == 2}
    for label in ("aflow.ABC_cF12_216_a_b_c-001", "aflow.A_hP3_191_ad-001"):
        given = {tuple(name.split(".")[-3:]) for name in names if name.startswith(label)}
        assert given <= ways
    assert {tuple(name.split(".")[2:]) for name in names if name.startswith("aflow.ABC_cF12_216")} == ways
    for atoms, row in zip(found.structures, found.table.itertuples(), strict=True):
        cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
        assert len(spglib.find_primitive(cell, symprec=1e-3)[2]) == len(atoms) <= 4
        assert row.space_group == spglib.get_symmetry_dataset(cell, symprec=1e-3).number
        assert set(atoms.get_chemical_symbols()) == {"Bi", "Se"}


def entry(cell: Cell | Rejected, name: str, elements: tuple[str, ...] | None) -> Entry:
    return Entry(Origin("aflow", name, "CC0-1.0", ""), cell, elements)


def test_own_elements_stay_and_others_are_replaced() -> None:
    entries = [entry(rock_salt(), "own", ("Bi", "Se")), entry(rock_salt(), "other", ("Na", "Cl"))]
    candidates, rejects, elements = substitution._eligible(entries, ["Bi", "Se"], section())
    assert rejects == elements == []
    volumes = {candidate.name: candidate.structure.volume for candidate in candidates}
    assert volumes.pop("aflow.own") == pytest.approx(54.0)
    assert set(volumes) == {"aflow.other.Bi.Se", "aflow.other.Se.Bi"}
    assert all(volume == pytest.approx(0.93 * (35.4 + 27.3), rel=0.01) for volume in volumes.values())


def test_entries_that_do_not_fit_are_rejected_once() -> None:
    broken = Rejected(Reason.UNREADABLE, "no atoms")
    elemental = rock_salt()._replace(species=np.array([0, 0]))
    entries = [entry(broken, "folder/a b.cif", None), entry(elemental, "elemental", ("Na",))]
    candidates, rejects, elements = substitution._eligible(entries, ["Bi", "Se"], section())
    assert candidates == elements == []
    assert [(name, error.reason) for name, error in rejects] == [
        ("aflow.folder_a_b.cif", "unreadable"),
        ("aflow.elemental", "species"),
    ]
