import numpy as np
import pandas as pd
import pytest

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import parse_config
from ccdcgan.generators.conditions import check_asked, check_conditions, condition_names, condition_values
from tests.config.support import changed

SYSTEM = ["Bi", "Se"]


def test_the_composition_is_a_condition_for_each_element() -> None:
    assert condition_names(["n_atoms", "composition"], SYSTEM) == ["n_atoms", "Bi", "Se"]
    assert condition_names([], SYSTEM) == []


def test_values_come_from_the_formula_the_database_and_the_users_table() -> None:
    database = pd.DataFrame({"id": ["a", "b"], "formula": ["Bi2Se3", "Bi4Se4"], "n_atoms": [5, 8], "x": [0.4, 0.5]})
    gaps = pd.DataFrame({"id": ["b", "z"], "gap": [0.3, 1.0]})
    values = condition_values(["gap", "composition", "n_atoms"], database, {"gap": gaps}, SYSTEM)
    assert list(values) == ["gap", "Bi", "Se", "n_atoms"]
    np.testing.assert_allclose(values.loc["a"], [np.nan, 0.4, 0.6, 5])
    np.testing.assert_allclose(values.loc["b"], [0.3, 0.5, 0.5, 8])
    assert condition_values([], database, {}, SYSTEM).shape == (2, 0)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"gap": 1.0}, "found gap, expected one of flow.conditions \\(n_atoms, Bi, Se\\)"),
        ({"Bi": 1.2}, "found Bi=1.2, expected a fraction from 0 to 1"),
        ({"Bi": 0.4, "Se": 0.4}, "add up to 0.8, expected 1"),
        ({"Bi": 0.7, "Se": 0.4}, "add up to 1.1, expected 1"),
    ],
)
def test_what_cannot_be_asked_for(asked: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_asked(asked, ["n_atoms", "composition"], SYSTEM)


def test_what_can_be_asked_for() -> None:
    for asked in ({}, {"Bi": 0.4}, {"Bi": 0.4, "Se": 0.6}, {"n_atoms": 10.0, "Se": 0.0}):
        check_asked(asked, ["n_atoms", "composition"], SYSTEM)


def test_a_property_is_no_element() -> None:
    objectives = [{"property": "Bi", "weight": 1.0, "goal": "maximise", "table": "bi.csv"}]
    keys = {"objectives": objectives, "flow__conditions": ["composition", "Bi"], "flow__ask": []}
    with pytest.raises(ConfigError, match=r"'flow\.conditions': found Bi, Se, Bi, expected different names"):
        check_conditions(parse_config(changed(**keys)))


def test_a_config_may_name_columns_and_properties_of_objectives() -> None:
    check_conditions(parse_config(changed()))
    objectives = [{"property": "gap", "weight": 1.0, "goal": "maximise", "table": "gaps.csv"}]
    check_conditions(parse_config(changed(objectives=objectives, flow__conditions=["gap"], flow__ask=["gap=1.5"])))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"flow__conditions": ["gap"], "flow__ask": []},
            "'flow.conditions.0': found 'gap', expected one of formation_en",
        ),
        ({"flow__conditions": ["x"]}, "'flow.ask': found energy_above_hull, expected one of flow.conditions \\(x\\)"),
        ({"flow__ask": ["Bi=2"]}, "'flow.ask': found Bi=2, expected a fraction"),
        ({"flow__ask": ["Sb=0.5"]}, "'flow.ask': found Sb, expected one of"),
    ],
)
def test_a_mistake_is_named(keys: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check_conditions(parse_config(changed(**keys)))


@pytest.mark.parametrize("ask", [["energy_above_hull"], ["x=1", "x=2"], ["x=a"], ["x = 1"], ["x=1e-3"]])
def test_what_is_asked_for_has_one_form(ask: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"flow\.ask"):
        parse_config(changed(flow__ask=ask))
