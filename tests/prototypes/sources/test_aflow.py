"""Prototypes of the AFLOW encyclopedia against crystals built by ASE, pymatgen, spglib and pyxtal."""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ase.build
import numpy as np
import pytest
import spglib
from ase.spacegroup import crystal
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.prototypes import AFLOW_PROTOTYPE_LIBRARY
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from pyxtal.symmetry import Group

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.sources import aflow
from ccdcgan.prototypes.sources.aflow import Prototype, build, read_prototypes

PROTOTYPES = {prototype.label: prototype for prototype in read_prototypes()}
STRICT = StructureMatcher(ltol=0.01, stol=0.01, angle_tol=0.1, scale=False)


def structure(label: str, *elements: str) -> Structure:
    cell = build(PROTOTYPES[label])
    return Structure(cell.lattice, [elements[kind] for kind in cell.species], cell.positions)


def rock_salt() -> Structure:
    return AseAtomsAdaptor.get_structure(ase.build.bulk("NaCl", "rocksalt", a=5.6393))


def cesium_chloride() -> Structure:
    return AseAtomsAdaptor.get_structure(ase.build.bulk("CsCl", "cesiumchloride", a=4.07925))


def zinc_blende() -> Structure:
    return AseAtomsAdaptor.get_structure(ase.build.bulk("ZnS", "zincblende", a=5.4093))


def nickeline() -> Structure:
    sites = [(1 / 3, 2 / 3, 1 / 4), (0, 0, 0)]
    atoms = crystal(["As", "Ni"], sites, spacegroup=194, cellpar=[3.6, 3.6, 5.01, 90, 90, 120])
    return AseAtomsAdaptor.get_structure(atoms)


def bismuth_telluride() -> Structure:
    a = 4.36913
    lattice = Lattice.hexagonal(a, 6.96315 * a)
    return Structure.from_spacegroup("R-3m", lattice, ["Bi", "Te", "Te"], [[0, 0, 0.399], [0, 0, 0], [0, 0, 0.208]])


def perovskite() -> Structure:
    sites = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]]
    return Structure.from_spacegroup("Pm-3m", Lattice.cubic(3.905), ["Sr", "Ti", "O"], sites)


@pytest.mark.parametrize(
    ("label", "elements", "space_group", "oracle"),
    [
        ("AB_cF8_225_a_b-001", "Cl Na", 225, rock_salt),
        ("AB_cP2_221_a_b-001", "Cl Cs", 221, cesium_chloride),
        ("AB_cF8_216_a_c-001", "S Zn", 216, zinc_blende),
        ("AB_hP4_194_c_a-001", "As Ni", 194, nickeline),
        ("A2B3_hR5_166_c_ac-001", "Bi Te", 166, bismuth_telluride),
        ("AB3C_cP5_221_a_c_b-001", "Sr O Ti", 221, perovskite),
    ],
)
def test_known_prototypes(label: str, elements: str, space_group: int, oracle: Callable[[], Structure]) -> None:
    found, expected = structure(label, *elements.split()), oracle()
    found.scale_lattice(expected.volume / len(expected) * len(found))
    assert STRICT.fit(found, expected)
    assert found.get_space_group_info()[1] == space_group


CHANGED = {
    "A2B_oC12_36_2a_a",
    "A2B_tI12_141_e_a",
    "A5B2_hR7_166_a2c_c",
    "AB3_tI16_140_b_ah",
    "AB4C_tI12_82_c_g_a",
    "ABC_cP12_198_a_a_a",
    "AB_mP4_11_e_e",
    "A_mC34_12_ah3i2j",
}
"""Where the older data differ; some hold impossible contacts (NiTi at 1.45, NiSbS at 1.03 angstrom)."""


def test_prototypes_that_pymatgen_has_as_well() -> None:
    """The same labels in pymatgen's own copy of an older encyclopedia, as finished structures."""
    ours = defaultdict(list)
    for label in PROTOTYPES:
        ours[label.rsplit("-", 1)[0]].append(label)
    close = StructureMatcher(ltol=0.1, stol=0.1, angle_tol=2)
    compared, different = 0, set()
    for entry in AFLOW_PROTOTYPE_LIBRARY:
        label, theirs = entry["tags"]["aflow"], entry["snl"].structure
        if label not in ours or len(theirs) > 20:
            continue
        elements = sorted(element.symbol for element in theirs.composition)
        compared += 1
        if not any(close.fit_anonymous(structure(each, *elements), theirs) for each in ours[label]):
            different.add(label)
    assert compared > 150
    assert different == CHANGED


def test_all_smaller_ones_build() -> None:
    for prototype in PROTOTYPES.values():
        if prototype.n_atoms <= 20:
            cell = build(prototype)
            assert len(cell.positions) == len(cell.species) == prototype.n_atoms
            assert set(cell.species) == set(range(prototype.n_species))


@pytest.mark.parametrize(
    ("label", "detail"),
    [
        ("A2B6C7_cI90_204_e_dg_ac2f-001", "found 1 coordinates for Wyckoff position g of space group 204, expected 2"),
        ("A5B12C3_cI160_230_ad_h_c-001", "found 2 coordinates for Wyckoff position h of space group 230, expected 3"),
    ],
)
def test_entries_that_lack_a_coordinate(label: str, detail: str) -> None:
    with pytest.raises(Rejected) as caught:
        build(PROTOTYPES[label])
    assert (caught.value.reason, caught.value.detail) == (Reason.UNBUILDABLE, detail)


def test_read_all_without_importing_kim_tools() -> None:
    assert len(PROTOTYPES) == 1999
    assert "kim_tools" not in sys.modules
    assert not [label for label in PROTOTYPES if not re.fullmatch(r"[A-Za-z0-9_-]+", label)]
    assert PROTOTYPES["A2B3_hR5_166_c_ac-001"].title == "Bi2Te3 (C33) Structure"


def test_label_is_read() -> None:
    prototype = PROTOTYPES["A3B12C4_oP38_47_bcdefg_uvwxyz_A-001"]
    assert (prototype.pearson_symbol, prototype.space_group) == ("oP38", 47)
    assert prototype.sites[:3] == [("A", 2), ("b", 0), ("c", 0)]
    assert PROTOTYPES["AB_cF8_225_a_b-001"].n_atoms == 2
    assert PROTOTYPES["A2B3_hR5_166_c_ac-001"].n_atoms == 5
    assert PROTOTYPES["A10B11_tI84_139_dehim_eh2n-001"].sites.count(("n", 1)) == 2


def dimensions(position: object) -> int:
    return int(np.linalg.matrix_rank(position.ops[0].rotation_matrix))


@pytest.mark.parametrize("group", range(1, 231))
def test_every_wyckoff_position_has_its_multiplicity(group: int) -> None:
    coordinates = [0.1234, 0.3271, 0.4419]
    lattice = np.diag([10.0, 11.0, 12.0])  # only tells coinciding positions from others
    cells = 3 if group in aflow.RHOMBOHEDRAL else 1
    for position in Group(group):
        point = aflow._point(group, position.letter, coordinates[: dimensions(position)])
        assert len(aflow._orbit(point, group, lattice)) * cells == position.multiplicity


@pytest.mark.parametrize(
    ("group", "letter"), [(group, letter) for group, letters in aflow.RHOMBOHEDRAL.items() for letter in letters]
)
def test_every_rhombohedral_position(group: int, letter: str) -> None:
    """Spglib, which works on hexagonal axes, finds a letter of the same site symmetry as pyxtal's hexagonal table."""
    positions = {position.letter: position for position in Group(group)}
    general = Group(group)[0]
    free = dimensions(positions[letter])
    atoms = positions[letter].multiplicity // 3 + general.multiplicity // 3
    names = [*["x1", "y1", "z1"][:free], "x2", "y2", "z2"]
    values = [*[0.1234, 0.3271, 0.4419][:free], 0.0713, 0.2239, 0.6147]
    prototype = Prototype(
        label=f"AB_hR{atoms}_{group}_{letter}_{general.letter}-001",
        title="",
        part=1,
        parameters={"a": 9.0, "c/a": 1.7, **dict(zip(names, values, strict=True))},
    )
    cell = build(prototype)
    found = spglib.get_symmetry_dataset(cell, symprec=1e-4)
    of_first_species = {wyckoff for wyckoff, kind in zip(found.wyckoffs, cell.species, strict=True) if kind == 0}
    same_kind = {
        other
        for other, position in positions.items()
        if (position.multiplicity, dimensions(position)) == (positions[letter].multiplicity, free)
    }
    assert of_first_species <= same_kind
    assert (cell.species == 0).sum() * 3 == positions[letter].multiplicity


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([prototype for prototype in PROTOTYPES.values() if prototype.n_atoms <= 12]))
def test_cell_is_niggli_reduced_and_primitive(prototype: Prototype) -> None:
    cell = build(prototype)
    niggli = Lattice(cell.lattice).get_niggli_reduced_lattice()
    assert sorted(Lattice(cell.lattice).abc) == pytest.approx(sorted(niggli.abc), rel=1e-4)
    assert len(spglib.find_primitive(cell, symprec=1e-3)[2]) == len(cell.species)
    assert spglib.get_symmetry_dataset(cell, symprec=1e-3).number == prototype.space_group


def test_axis_coordinate_may_be_called_x_or_z() -> None:
    known = PROTOTYPES["A2B3_hR5_166_c_ac-001"]
    renamed = replace(known, parameters={name.replace("x", "z"): value for name, value in known.parameters.items()})
    assert np.array_equal(build(renamed).positions, build(known).positions)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"x3": None}, "found 0 coordinates for Wyckoff position c of space group 166, expected 1"),
        ({"x3": 0.5}, "found 4 atoms in the cell, expected 5"),
        ({"x3": 0.399}, "found two atoms in one place, expected a place for each"),
    ],
)
def test_parameters_that_contradict_the_label(change: dict[str, float | None], detail: str) -> None:
    known = PROTOTYPES["A2B3_hR5_166_c_ac-001"]
    parameters = {name: value for name, value in {**known.parameters, **change}.items() if value is not None}
    with pytest.raises(Rejected) as caught:
        build(replace(known, parameters=parameters))
    assert caught.value.reason is Reason.UNBUILDABLE
    assert detail in caught.value.detail


def test_higher_symmetry_than_the_label_says() -> None:
    flat = replace(PROTOTYPES["AB_tP4_129_a_c-001"], parameters={"a": 4.0, "c/a": 2**-0.5, "z2": 0.5})
    with pytest.raises(Rejected, match=r"found space group \d+, expected 129"):
        build(flat)


def test_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aflow, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="kim-tools: found no prototypes"):
        read_prototypes()


@pytest.mark.parametrize("text", ["no json", json.dumps({"label": "A_cF4_225_a-001"})])
def test_unreadable_entry_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "info.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"info\.json: found"):
        aflow._read(file)
