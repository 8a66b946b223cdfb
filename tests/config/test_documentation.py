"""The pages written from the classes: config/README.md and the schema for editors."""

import json

from ccdcgan.config.documentation import json_schema, markdown
from ccdcgan.config.schema import section_of, walk
from tests.conftest import ROOT


def test_schema_and_documentation_are_those_of_the_classes():
    assert json.loads((ROOT / "workflow/schemas/config.schema.json").read_text()) == json_schema()
    assert (ROOT / "config/README.md").read_text() == markdown()


def test_every_key_has_a_row_and_every_section_a_heading():
    schema, page = json_schema(), markdown()
    for key, part in walk(schema):
        assert (f"\n## {key}\n" if section_of(schema, part) else f"\n| `{key}` | ") in page
    assert page.count("\n| `") == sum(section_of(schema, part) is None for _, part in walk(schema))


def test_a_row_says_what_a_key_may_hold():
    rows = {line.split("`")[1]: line.split(" | ")[1] for line in markdown().splitlines() if line.startswith("| `")}
    assert rows["gan.steps"] == "a whole number from 1 to 1,000,000,000"
    assert rows["relaxation.min_distance"] == "a number from 0.001 to 1,000, or null"
    assert rows["database.held_out"] == "a number above 0 and below 1"
    assert rows["generation.models"] == "a list of 1 or more items, each `dcgan`, `ccdcgan` or `flow`"
