from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from ccdcgan.hull import (
    References,
    energies_above_hull,
    formation_energies,
    judge_candidates,
    phase_diagram,
    stability,
    stability_weights,
)
from tests.conftest import bi2se3, rocksalt

REFERENCES = {"Bi": -3.9, "Se": -3.5}
ELEMENTS = References(REFERENCES, {}, {}, "PBE", {"Bi": -4.0, "Se": -3.6})
FORMULAS = ["BiSe", "Bi2Se3", "BiSe2", "Bi3Se"]


def test_formation_energy_by_hand():
    values = formation_energies(["Bi2Se3", "Se"], [-4.0, -3.5], REFERENCES)
    np.testing.assert_allclose(values, [-4.0 - (2 * -3.9 + 3 * -3.5) / 5, 0.0])


def test_an_element_without_reference_is_named():
    with pytest.raises(ValueError, match="BiTe: found element Te"):
        formation_energies(["BiTe"], [-4.0], REFERENCES)


@given(st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=4))
def test_hull_against_scipy(formation):
    x = np.array([0.5, 0.6, 2 / 3, 0.25])
    total = np.array(formation) + (1 - x) * REFERENCES["Bi"] + x * REFERENCES["Se"]
    diagram = phase_diagram(FORMULAS, list(total), REFERENCES)
    ours = energies_above_hull(diagram, FORMULAS, list(total))
    # The lower hull of the points and of one far above, which makes the hull of any set two-dimensional.
    points = np.column_stack([[0, 1, *x, 0.5], [0, 0, *formation, 10]])
    facets = [facet for facet in ConvexHull(points).equations if facet[1] < -1e-12]
    lower = np.max([-(facet[0] * x + facet[2]) / facet[1] for facet in facets], axis=0)
    np.testing.assert_allclose(ours, np.array(formation) - lower, atol=1e-6)


def test_a_candidate_below_the_hull_is_negative():
    diagram = phase_diagram(["BiSe"], [-3.8], REFERENCES)
    assert energies_above_hull(diagram, ["BiSe"], [-4.0])[0] == pytest.approx(-0.2)


def test_stability_asks_for_both_energies(config):
    table = pd.DataFrame(
        {
            "formation_energy": [-0.2, -0.2, -0.2, 0.05, -0.1],
            "energy_above_hull": [0.0, 0.12, 0.2, 0.05, -0.01],
        }
    )
    result = stability(table, config.hull)
    assert list(result["negative_formation_energy"]) == [True, True, True, False, True]
    assert list(result["stable"]) == [True, False, False, False, True]
    assert list(result["metastable"]) == [True, True, False, False, True]


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


def test_weights_are_boltzmann_factors():
    table = pd.DataFrame({"id": ["a", "b", "c"], "energy_above_hull": [0.0, 0.05, 10.0]})
    weights = stability_weights(table, ["b", "a", "c"], 0.05)
    assert weights.sum() == pytest.approx(1)
    assert weights[1] / weights[0] == pytest.approx(np.e)
    assert weights[2] < 1e-80
    np.testing.assert_array_equal(stability_weights(table, ["c", "a"], None), [0.5, 0.5])
