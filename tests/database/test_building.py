from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdcgan.database.building import COLUMNS, SUBSYSTEM, build_database, find_references, split_groups
from ccdcgan.database.hull import References
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def relaxation_table():
    rows = [
        ("a.Bi", "Bi2", "relaxed", -3.80),
        ("b.Bi", "Bi", "relaxed", -3.89),
        ("c.Bi", "Bi", "rejected", None),
        ("a.Se", "Se3", "relaxed", -3.49),
        ("tie.Se", "Se", "relaxed", -3.49),
    ]
    table = pd.DataFrame(rows, columns=["id", "formula", "status", "energy_per_atom"])
    return table.assign(scale="PBE", second_energy_per_atom=table["energy_per_atom"] - [0.2, 0.1, 0, 0.1, 0.3])


def test_the_lowest_relaxed_elemental_structure_is_the_reference():
    references = find_references(relaxation_table(), ["Bi", "Se"])
    assert references.energies == {"Bi": -3.89, "Se": -3.49}
    assert references.ids == {"Bi": "b.Bi", "Se": "a.Se"}
    assert references.compared == {"Bi": 2, "Se": 2}
    assert references.scale == "PBE"
    assert references.second_energies == pytest.approx({"Bi": -4.0, "Se": -3.79})


def test_without_a_second_model_there_are_no_second_references():
    references = find_references(relaxation_table().assign(second_energy_per_atom=None), ["Bi", "Se"])
    assert references.second_energies is None


def test_references_on_two_scales_are_an_error():
    table = relaxation_table()
    table.loc[3, "scale"] = "PBE, corrected"
    with pytest.raises(ValueError, match=r"structure a\.Se: found energy scale 'PBE, corrected', expected 'PBE'"):
        find_references(table, ["Bi", "Se"])


def test_an_element_without_reference_is_named():
    with pytest.raises(ValueError, match="element Te: found no relaxed reference"):
        find_references(relaxation_table(), ["Bi", "Te"])


def test_compounds_of_some_of_the_elements_span_the_hull_and_teach_nothing(config):
    ternary = rocksalt(name="ternary")
    ternary.symbols = ["Bi", "Te"]
    ternary = ternary * (1, 1, 2)
    ternary.symbols[0] = "Se"
    ternary.info = {"id": "ternary"}
    other = rattled(ternary, "other")
    other.symbols = ["Bi", "Bi", "Se", "Te"]
    structures = [ternary, bi2se3(), other]
    energies = {"Bi": -4.0, "Se": -3.5, "Te": -3.0}
    formation = [-0.2, -0.5, 0.1]
    rows = [
        {
            "id": atoms.info["id"],
            "formula": atoms.get_chemical_formula(),
            "n_atoms": len(atoms),
            "status": "relaxed",
            "reason": None,
            "scale": "PBE",
            "second_energy_per_atom": None,
            "energy_per_atom": energy + sum(energies[symbol] for symbol in atoms.symbols) / len(atoms),
            "volume_per_atom": 28.0,
            "steps": 5,
        }
        for atoms, energy in zip(structures, formation, strict=True)
    ]
    references = References(energies, dict.fromkeys(energies, "id"), dict.fromkeys(energies, 1), "PBE", None)
    table = build_database(structures, pd.DataFrame(rows), references, list(energies), config.matching, 0.5, seed=0)
    assert list(table["formation_energy"]) == pytest.approx(formation)
    # Bi2Se3 and elements compete: of BiSeTe2 and of Bi2SeTe, 5/12 of the atoms can be Bi2Se3, which selenium limits.
    assert list(table["energy_above_hull"]) == pytest.approx([-0.2 + 0.5 * 5 / 12, 0.0, 0.1 + 0.5 * 5 / 12])
    assert table["split"][1] == SUBSYSTEM
    assert sorted(table["split"][[0, 2]]) == ["held_out", "train"]


def test_the_table_of_a_small_database(config):
    structures = [
        bi2se3(),
        rocksalt(),
        rattled(rocksalt(), "rocksalt-again"),
        caesium_chloride(),
        rattled(bi2se3(), "bi2se3-again"),
    ]
    names = [atoms.info["id"] for atoms in structures]
    relaxation = pd.DataFrame(
        {
            "id": ["lost", *reversed(names)],
            "formula": ["BiSe", *(atoms.get_chemical_formula() for atoms in reversed(structures))],
            "n_atoms": [2, *(len(atoms) for atoms in reversed(structures))],
            "status": ["rejected"] + 5 * ["relaxed"],
            "reason": ["too_close"] + 5 * [None],
            "scale": [None] + 5 * ["PBE"],
            "second_energy_per_atom": [None, -4.29, -3.9, -4.01, -4.02, -4.30],
            "energy_per_atom": [None, -4.09, -3.7, -3.81, -3.82, -4.10],
            "volume_per_atom": [None, 28.0, 25.0, 26.0, 26.0, 28.0],
            "steps": [None, 9, 8, 7, 6, 5],
        }
    )
    references = find_references(relaxation_table(), config.system)
    table = build_database(structures, relaxation, references, config.system, config.matching, 0.2, seed=3)
    assert list(table.columns) == COLUMNS
    assert list(table["id"]) == names
    # The second model: every structure 0.2 eV/atom lower, bismuth 0.11 and selenium 0.3 lower.
    assert list(table["disagreement"]) == pytest.approx([0.024, 0.005, 0.005, 0.005, 0.024])
    assert list(table["group"]) == ["bi2se3", "rocksalt", "rocksalt", "cscl", "bi2se3"]
    assert list(table["x"]) == pytest.approx([0.6, 0.5, 0.5, 0.5, 0.6])
    assert list(table["energy_per_atom"]) == [-4.10, -3.82, -3.81, -3.7, -4.09]
    assert table["formation_energy"][0] == pytest.approx(-4.10 + 0.4 * 3.89 + 0.6 * 3.49)
    assert table["energy_above_hull"][0] == pytest.approx(0)
    assert list(table["space_group"])[:2] == [166, 225]
    assert set(table["split"]) == {"train", "held_out"}


@given(
    st.lists(st.integers(0, 30).map(str), min_size=2, max_size=200).filter(lambda names: len(set(names)) > 1),
    st.floats(0.05, 0.5),
    st.integers(0, 5),
)
def test_groups_never_straddle_the_split(groups, held_out, seed):
    split = split_groups(groups, held_out, seed)
    sides = {name: {side for other, side in zip(groups, split, strict=True) if other == name} for name in groups}
    assert all(len(found) == 1 for found in sides.values())
    assert set(split) == {"train", "held_out"}
    assert split == split_groups(groups, held_out, seed)
    # No further from the wanted fraction than the largest group.
    assert abs(split.count("held_out") - held_out * len(groups)) <= max(Counter(groups).values())


def test_one_group_cannot_be_split():
    with pytest.raises(ValueError, match="found 1 distinct"):
        split_groups(["same", "same"], 0.1, 0)


def small(status, reasons, energies):
    """A relaxation of rock salt again and again."""
    names = [f"s{number}" for number in range(len(status))]
    structures = [rocksalt(name=name) for name, outcome in zip(names, status, strict=True) if outcome == "relaxed"]
    table = pd.DataFrame(
        {
            "id": names,
            "formula": "BiSe",
            "n_atoms": 2,
            "status": status,
            "reason": reasons,
            "scale": "PBE",
            "energy_per_atom": energies,
            "second_energy_per_atom": energies,
            "volume_per_atom": 28.0,
            "steps": 3,
        }
    )
    return structures, table


def test_too_little_is_said_with_its_reasons_and_keys(config):
    structures, table = small(
        ["relaxed", "relaxed", "rejected", "rejected", "rejected"],
        [None, None, "too_close", "volume", "too_close"],
        [-3.7, -3.7, None, None, None],
    )
    references = find_references(relaxation_table(), config.system)
    with pytest.raises(ValueError, match="5 prototypes gave 2 relaxed crystals, 1 of them distinct") as caught:
        build_database(structures, table, references, config.system, config.matching, 0.2, seed=3)
    text = str(caught.value)
    assert "2 for too_close (key relaxation.min_distance), 1 for volume (key relaxation.volume_per_atom)" in text


def test_a_hull_without_compounds_is_no_secret(config, caplog):
    structures, table = small(["relaxed", "rejected"], [None, "too_close"], [-3.1, None])
    other = caesium_chloride(name="other")
    table = pd.concat([table, table[:1].assign(id="other", energy_per_atom=-3.0)], ignore_index=True)
    references = find_references(relaxation_table(), config.system)
    build_database([*structures, other], table, references, config.system, config.matching, 0.2, seed=3)
    assert "no compound of Bi-Se lies below its elements" in caplog.text
    assert "few crystals to learn from: 3 prototypes gave 2 relaxed crystals" in caplog.text
