"""The known phases against their published symmetry, constants and prototypes."""

import json

import numpy as np
import pandas as pd
import pytest
import spglib
from ase.spacegroup import crystal
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Composition, Structure

from ccdcgan.crystals.structures import to_pymatgen, write_structures
from ccdcgan.database.hull import References
from ccdcgan.database.known_phases import COLUMNS, KnownPhases, Phase, find_known_phases, read_known_phases, stack
from ccdcgan.judging.validation import lattice_constants
from ccdcgan.prototypes.sources.aflow import build, read_prototypes
from tests.conftest import ROOT, bi2se3, rocksalt

FILE = ROOT / "resources/known_phases/Bi-Se.json"
CONTENT = json.loads(FILE.read_text())
SPACINGS, ENDS = CONTENT["stackings"]["spacings"], CONTENT["stackings"]["a"]


@pytest.fixture(scope="module")
def known(config):
    return read_known_phases(FILE, config.prototypes.volume_scale)


def bismuth():
    cell = [4.546, 4.546, 11.862, 90, 90, 120]
    return crystal(["Bi"], [(0, 0, 0.23389)], spacegroup=166, cellpar=cell, primitive_cell=True)


def test_every_known_phase_has_the_published_space_group_and_its_composition(known):
    for phase in known.phases:
        atoms, name = phase.atoms, phase.atoms.info["id"]
        cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
        assert spglib.get_symmetry_dataset(cell, symprec=0.01).number == phase.space_group, name
        assert len(spglib.find_primitive(cell, symprec=0.01)[2]) == len(atoms), name
        formula = Composition(atoms.get_chemical_formula()).reduced_formula
        assert formula == Composition(name.split("-")[0]).reduced_formula
    write_structures("/dev/null", [phase.atoms for phase in known.phases])


def test_every_phase_that_carries_numbers_names_a_source(known):
    for phase in known.phases:
        assert phase.source, phase.atoms.info["id"]
        assert (phase.formation_energy is None) == (not phase.formation_energy_source)


def test_published_constants_are_those_of_the_built_cells(known):
    with_constants = [phase for phase in known.phases if phase.lattice]
    assert len(with_constants) >= 4
    for phase in with_constants:
        assert lattice_constants(phase.atoms) == pytest.approx(phase.lattice, abs=1e-3)


def test_bi2se3_and_bi_are_those_of_the_papers(known):
    matcher = StructureMatcher(ltol=0.001, stol=0.001, angle_tol=0.1, scale=False)
    by_name = {phase.atoms.info["id"]: phase.atoms for phase in known.phases}
    assert matcher.fit(to_pymatgen(by_name["Bi2Se3"]), to_pymatgen(bi2se3()))
    assert matcher.fit(to_pymatgen(by_name["Bi"]), to_pymatgen(bismuth()))


def planes(atoms):
    """Spacings of the atomic planes along c of the conventional cell, in angstrom, with the symbols on both sides."""
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    lattice, positions, numbers = spglib.standardize_cell(cell, symprec=0.01)
    order = np.argsort(positions[:, 2] % 1)
    heights = (positions[order, 2] % 1) * lattice[2, 2]
    steps = np.diff(np.append(heights, heights[0] + lattice[2, 2]))
    symbols = [{83: "Bi", 34: "Se"}[int(number)] for number in numbers[order]]
    return list(zip(symbols, symbols[1:] + symbols[:1], steps, strict=True))


def test_the_spacings_are_those_of_the_cited_crystals(known):
    selenide = sorted(step for *_, step in planes(bi2se3()))[::3]
    assert selenide == pytest.approx(
        sorted([SPACINGS["Se-Bi"]] * 2 + [SPACINGS["Bi-Se"]] * 2 + [SPACINGS["Se|Se"]]), abs=1e-3
    )
    metal = sorted(step for *_, step in planes(bismuth()))[::3]
    assert metal == pytest.approx([SPACINGS["Bi-Bi"], SPACINGS["Bi|Bi"]], abs=1e-3)
    by_name = {phase.atoms.info["id"]: phase.atoms for phase in known.phases}
    steps = planes(by_name["BiSe"])
    beside_bilayer = [steps[(place + 1) % 12][2] for place, step in enumerate(steps) if step[:2] == ("Bi", "Bi")]
    assert beside_bilayer == pytest.approx([SPACINGS["Bi|Se"]], abs=1e-3)


@pytest.mark.parametrize(
    ("bilayers", "quintuple_layers", "label"),
    [(0, 1, "A2B3_hR5_166_c_ac-001"), (1, 1, "A4B3_hR7_166_2c_ac-002"), (1, 2, "AB_hP12_164_c2d_c2d-001")],
)
def test_stackings_are_the_published_prototypes(bilayers, quintuple_layers, label):
    [prototype] = [prototype for prototype in read_prototypes() if prototype.label == label]
    cell = build(prototype)
    published = Structure(cell.lattice, [["Bi", "Se"][kind] for kind in cell.species], cell.positions)
    built = to_pymatgen(stack(bilayers, quintuple_layers, SPACINGS, ENDS))
    assert StructureMatcher(ltol=0.1, stol=0.15, angle_tol=3).fit(built, published)


def test_a_bilayer_alone_is_bismuth():
    strained = stack(1, 0, SPACINGS, {"Bi2Se3": 4.143, "BiSe": 4.143 + (4.546 - 4.143) / 6})
    assert StructureMatcher(ltol=0.001, stol=0.001, angle_tol=0.1, scale=False).fit(
        to_pymatgen(strained), to_pymatgen(bismuth())
    )


def test_all_fifteen_of_the_paper_are_there_or_named_as_missing(known):
    built = {phase.atoms.info["id"] for phase in known.phases if phase.experimental} - {"Bi", "Se"}
    in_database = {"BiSe3", "Bi2Se3", "Bi4Se5", "Bi3Se2", "Bi5Se3", "Bi2Se", "Bi7Se3", "Bi3Se"}
    published = in_database | {"BiSe2", "Bi3Se4", "Bi6Se5", "Bi8Se9", "BiSe", "Bi8Se7", "Bi4Se3"}
    assert sorted([*built, *known.not_built]) == sorted(published)
    assert len(built) == 13


def test_known_phases_are_found_where_they_are(config):
    """Bi -4 and Se -3 eV/atom; rock salt stands for a phase that only a model found."""
    phases = [Phase(bi2se3(), 166), Phase(rocksalt(name="BiSe"), 225), Phase(rocksalt(a=7.5, name="lost"), 225)]
    proposed = Phase(rocksalt(name="proposed"), 225, experimental=False)
    known = KnownPhases([*phases, proposed], {"BiSe3": "no structure"})
    relaxation = pd.DataFrame(
        [
            {"id": "bi2se3", "formula": "Bi2Se3", "status": "relaxed", "energy_per_atom": -3.4 - 0.5},
            {"id": "BiSe", "formula": "BiSe", "status": "relaxed", "energy_per_atom": -3.5 - 0.1},
            {"id": "lost", "formula": "BiSe", "status": "rejected", "reason": "not_converged"},
            {"id": "proposed", "formula": "BiSe", "status": "relaxed", "energy_per_atom": -3.7},
        ]
    )
    selenide = bi2se3()
    selenide.info["id"] = "aflow.1"
    table = find_known_phases(
        known,
        [phases[0].atoms, phases[1].atoms, proposed.atoms],
        relaxation,
        [selenide],
        pd.DataFrame({"formula": ["Bi2Se3"], "energy_per_atom": [-3.4 - 0.4]}),
        {"dcgan": [], "ccdcgan": [selenide, rocksalt(a=6.1, name="ccdcgan-000007")]},
        References({"Bi": -4.0, "Se": -3.0}, {}, {}, "", None),
        ["Bi", "Se"],
        config.matching,
    )
    assert list(table) == [*COLUMNS, "dcgan_match", "ccdcgan_match"]
    assert list(table["status"]) == ["relaxed", "relaxed", "rejected", "missing"]
    assert list(table["formation_energy"].dropna()) == pytest.approx([-0.5, -0.1])
    assert list(table["energy_above_hull"].dropna()) == pytest.approx([-0.1, 0.4 * 5 / 6 - 0.1])
    assert list(table["database_match"].fillna("")) == ["aflow.1", "", "", ""]
    assert list(table["ccdcgan_match"].fillna("")) == ["aflow.1", "ccdcgan-000007", "", ""]
    assert table["dcgan_match"].isna().all()


def test_a_system_without_known_phases_has_an_empty_table(config):
    nothing = pd.DataFrame(columns=["id", "formula", "status", "reason", "energy_per_atom"])
    table = find_known_phases(
        KnownPhases([], {}),
        [],
        nothing,
        [],
        pd.DataFrame({"formula": ["Bi2Se3"], "energy_per_atom": [-3.8]}),
        {"ccdcgan": [rocksalt()]},
        References({"Bi": -4.0, "Se": -3.0}, {}, {}, "", None),
        ["Bi", "Se"],
        config.matching,
    )
    assert list(table) == [*COLUMNS, "ccdcgan_match"]
    assert table.empty
