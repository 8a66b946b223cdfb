from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ccdcgan.database.hull import References
from ccdcgan.judging.hull import judge_candidates
from tests.conftest import bi2se3, rocksalt

ELEMENTS = References({"Bi": -3.9, "Se": -3.5}, {}, {}, "PBE", {"Bi": -4.0, "Se": -3.6})


def candidates():
    structures = [bi2se3(), rocksalt(name="rs")]
    for atoms in structures:
        atoms.info["predicted_formation_energy"] = -0.1
    return structures


def relaxation_table():
    return pd.DataFrame(
        {
            "id": ["rs", "lost", "bi2se3"],
            "formula": ["BiSe", "BiSe", "Bi2Se3"],
            "n_atoms": [2, 2, 5],
            "status": ["relaxed", "rejected", "relaxed"],
            "scale": ["PBE", np.nan, "PBE"],
            "energy_per_atom": [-3.8, np.nan, -4.1],
            "second_energy_per_atom": [-4.0, np.nan, -4.1],
            "volume_per_atom": [30.0, np.nan, 28.0],
        }
    )


def judged(config, relaxation, references=ELEMENTS):
    matches = pd.DataFrame(
        {
            "id": ["bi2se3", "rs"],
            "database_match": [None, "known"],
            "candidate_match": ["bi2se3", "rs"],
            "distinct": [True, False],
            "nearest_known": ["known", "known"],
            "nearest_distance": [0.2, 0.0],
        }
    )
    database = pd.DataFrame({"formula": ["BiSe"], "energy_per_atom": [-3.8]})
    return judge_candidates(candidates(), relaxation, matches, database, references, ["Bi", "Se"], config.hull)


def test_candidates_are_judged_by_the_database_alone(config):
    table = judged(config, relaxation_table())
    assert list(table["id"]) == ["bi2se3", "rs"]
    assert list(table["x"]) == pytest.approx([0.6, 0.5])
    assert list(table["space_group"]) == [166, 225]
    assert table["energy_above_hull"][1] == pytest.approx(0.0)
    # On the tie line from BiSe to Se the database's hull at x = 0.6 lies at -0.08 of formation energy.
    assert table["energy_above_hull"][0] == pytest.approx(-4.1 - (-3.66 - 0.08))
    assert bool(table["stable"][0])


def test_disagreement_is_that_of_formation_energies(config):
    # The second model puts elements and rocksalt lower by 0.1 and 0.2 eV/atom, and Bi2Se3 not at all.
    assert list(judged(config, relaxation_table())["disagreement"]) == pytest.approx([0.1, 0.1])
    alone = replace(ELEMENTS, second_energies=None)
    assert judged(config, relaxation_table(), alone)["disagreement"].isna().all()


def test_candidates_on_another_scale_are_an_error(config):
    with pytest.raises(ValueError, match="structure rs: found energy scale 'PBE', expected 'r2SCAN'"):
        judged(config, relaxation_table(), replace(ELEMENTS, scale="r2SCAN"))


def test_no_candidates_give_an_empty_table(config):
    matches = ["id", "database_match", "candidate_match", "distinct", "nearest_known", "nearest_distance"]
    relaxation = relaxation_table().iloc[:0]
    database = pd.DataFrame({"formula": ["BiSe"], "energy_per_atom": [-3.8]})
    table = judge_candidates(
        [], relaxation, pd.DataFrame(columns=matches), database, ELEMENTS, ["Bi", "Se"], config.hull
    )
    assert table.empty
    assert "stable" in table
