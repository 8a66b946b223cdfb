import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from ccdcgan.database.hull import (
    energies_above_hull,
    formation_energies,
    phase_diagram,
    stability,
    stability_weights,
)

REFERENCES = {"Bi": -3.9, "Se": -3.5}
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


def test_weights_are_boltzmann_factors():
    table = pd.DataFrame({"id": ["a", "b", "c"], "energy_above_hull": [0.0, 0.05, 10.0]})
    weights = stability_weights(table, ["b", "a", "c"], 0.05)
    assert weights.sum() == pytest.approx(1)
    assert weights[1] / weights[0] == pytest.approx(np.e)
    assert weights[2] < 1e-80
    np.testing.assert_array_equal(stability_weights(table, ["c", "a"], None), [0.5, 0.5])
