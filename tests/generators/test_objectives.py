import pandas as pd
import pytest

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.objectives import Objective
from ccdcgan.database.building import COLUMNS
from ccdcgan.generators.objectives import PROPERTIES, check_objectives, property_values


def led_to(config, **changes):
    objective = Objective(**{"property": "volume_per_atom", "weight": 0.1, "goal": "minimise"} | changes)
    return config.model_copy(update={"objectives": [objective]})


def test_properties_are_columns_of_the_database():
    assert set(PROPERTIES) < set(COLUMNS)


def test_columns_of_the_database_and_of_a_table_serve(config, tmp_path):
    check_objectives(config)
    check_objectives(led_to(config, goal=29.5))
    table = tmp_path / "gaps.csv"
    table.write_text("id,gap\na,0.3\nb,\n")
    check_objectives(led_to(config, property="gap", table=str(table)))
    database = pd.DataFrame({"id": ["b", "a", "c"], "x": [0.1, 0.2, 0.3]})
    assert list(property_values("x", database, None)) == [0.1, 0.2, 0.3]
    found = property_values("gap", database, pd.read_csv(table))
    assert list(found.index) == ["b", "a", "c"]
    assert found.dropna().to_dict() == {"a": 0.3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ["readable CSV"]),
        ("", ["no column 'id'"]),
        ("name,gap\na,0.3\n", ["no column 'id'"]),
        ("id,bandgap\na,0.3\n", ["no column 'gap'"]),
        ("id,gap\na,metal\n", ["'metal'", "for a", "a number"]),
        ("id,gap\na,inf\n", ["'inf'", "a number"]),
    ],
)
def test_a_table_that_cannot_be_used_is_named(config, tmp_path, text, words):
    path = tmp_path / "gaps.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=r"'objectives.0'.*gaps.csv") as caught:
        check_objectives(led_to(config, property="gap", table=str(path)))
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)


def test_a_property_that_the_database_lacks_is_named(config):
    with pytest.raises(ConfigError, match=r"'gap'.*volume_per_atom.*or a table"):
        check_objectives(led_to(config, property="gap"))
