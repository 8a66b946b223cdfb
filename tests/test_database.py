from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccdcgan.database import COLUMNS, build_database, find_references, split_groups
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def relaxation_table():
    rows = [
        ("a.Bi", "Bi2", "relaxed", -3.80),
        ("b.Bi", "Bi", "relaxed", -3.89),
        ("c.Bi", "Bi", "rejected", None),
        ("a.Se", "Se3", "relaxed", -3.49),
        ("tie.Se", "Se", "relaxed", -3.49),
    ]
    return pd.DataFrame(rows, columns=["id", "formula", "status", "energy_per_atom"])


def test_the_lowest_relaxed_elemental_structure_is_the_reference():
    references = find_references(relaxation_table(), ["Bi", "Se"])
    assert references.energies == {"Bi": -3.89, "Se": -3.49}
    assert references.ids == {"Bi": "b.Bi", "Se": "a.Se"}
    assert references.compared == {"Bi": 2, "Se": 2}


def test_an_element_without_reference_is_named():
    with pytest.raises(ValueError, match="element Te: found no relaxed reference"):
        find_references(relaxation_table(), ["Bi", "Te"])


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
            "energy_per_atom": [None, -4.09, -3.7, -3.81, -3.82, -4.10],
            "volume_per_atom": [None, 28.0, 25.0, 26.0, 26.0, 28.0],
            "steps": [None, 9, 8, 7, 6, 5],
        }
    )
    references = find_references(relaxation_table(), config.system)
    table = build_database(structures, relaxation, references, config.system, config.matching, 0.2, seed=3)
    assert list(table.columns) == COLUMNS
    assert list(table["id"]) == names
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
