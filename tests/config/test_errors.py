"""One sentence for each wrong key: its name, what was found and what was expected."""

import re

import pytest

from ccdcgan.config.errors import ConfigError, show
from ccdcgan.config.loading import parse_config
from tests.config.support import changed


def message(**changes) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(changed(**changes))
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sytem": ["Bi"]}, "config key 'sytem': found an unknown key, expected one that config/README.md lists."),
        (
            {"relaxation__batchsize": 3},
            "config key 'relaxation.batchsize': found an unknown key, expected one that config/README.md lists.",
        ),
        ({"seed": "zero"}, "config key 'seed': found 'zero', expected a whole number from 0 to 2,147,483,647."),
        ({"seed": True}, "config key 'seed': found True, expected a whole number from 0 to 2,147,483,647."),
        ({"gan": None}, "config key 'gan': found None, expected keys and values."),
        ({"gan": 5}, "config key 'gan': found 5, expected keys and values."),
        (
            {"system": ["Bi", "Xx"]},
            "config key 'system': found ['Bi', 'Xx'], expected symbols of elements, and 'Xx' is none.",
        ),
        ({"system": ["Bi", "Bi"]}, "config key 'system': found ['Bi', 'Bi'], expected different elements."),
        (
            {"generation__count": 10**12},
            "config key 'generation.count': found 1000000000000, expected a whole number from 1 to 10,000,000.",
        ),
        (
            {"relaxation__engine": "vesp"},
            "config key 'relaxation.engine': found 'vesp', expected 'sevennet', 'chgnet', 'vasp' or 'gpaw'.",
        ),
        (
            {"relaxation__volume_per_atom": [60.0, 15.0]},
            "config key 'relaxation.volume_per_atom': found [60.0, 15.0], expected a smaller, then a larger number.",
        ),
        (
            {"relaxation__min_distance": float("nan")},
            "config key 'relaxation.min_distance': found nan, expected a number from 0.001 to 1,000, or null.",
        ),
        (
            {"voxels__sites_grid": 30},
            "config key 'voxels.sites_grid': found 30, expected a whole number from 8 to 256 in steps of 8.",
        ),
        (
            {"autoencoders__sites__channels": [16, 0]},
            "config key 'autoencoders.sites.channels.1': found 0, expected a whole number from 1 to 4,096.",
        ),
        (
            {"autoencoders__sites__channels": [16, 32]},
            "config key 'autoencoders.sites.channels': found [16, 32], expected one number, or 3 with "
            "voxels.sites_grid 32.",
        ),
        (
            {"gan__steps": 51},
            "config key 'gan.steps': found 51, expected a multiple of gan.steps_per_call (50).",
        ),
        (
            {"objectives": [{"property": "x", "weight": 0.1, "goal": "lower"}]},
            "config key 'objectives.0.goal': found 'lower', expected 'minimise' or 'maximise' or a number from "
            "-1,000,000,000,000,000 to 1,000,000,000,000,000.",
        ),
        (
            {"objectives": [{"property": "x", "weight": 0.1}]},
            "config key 'objectives.0.goal': found nothing, expected 'minimise' or 'maximise' or a number from "
            "-1,000,000,000,000,000 to 1,000,000,000,000,000.",
        ),
        (
            {"studies__weights": [0.1, 0.1]},
            "config key 'studies.weights': found [0.1, 0.1], expected a list that holds none twice.",
        ),
        (
            {"studies__seeds": []},
            "config key 'studies.seeds': found [], expected a list of 1 or more items, each a whole number from 0 to "
            "2,147,483,647.",
        ),
        (
            {"run": "../elsewhere"},
            "config key 'run': found '../elsewhere', expected a letter or digit, then at most 99 letters, digits, '.', "
            "'-' and '_'.",
        ),
        (
            {"database__prebuilt": "resources/../../elsewhere"},
            "config key 'database.prebuilt': found 'resources/../../elsewhere', expected a path inside the folder of "
            "the workflow, or an absolute one.",
        ),
        (
            {"prototypes__optimade__providers": ["ftp://x"]},
            "config key 'prototypes.optimade.providers.0': found 'ftp://x', expected an address that begins with "
            "http:// or https://, without query.",
        ),
    ],
)
def test_a_wrong_key_is_named_with_what_was_found_and_expected(change, sentence):
    assert message(**change) == sentence


def test_each_wrong_key_has_its_sentence():
    said = message(seed=-1, hull__stable=0)
    assert re.findall("config key '([^']*)'", said) == ["seed", "hull.stable"]


def test_of_very_many_wrong_keys_ten_are_named():
    said = message(studies__seeds=[-1] * 1000)
    assert said.count("config key") == 10
    assert said.endswith(" Further wrong keys: 990.")


def test_a_long_value_is_cut():
    said = message(hull__stable="x" * 100_000)
    assert len(said) < 300
    assert "(100,002 characters)" in said


def test_a_number_too_long_to_be_written_is_refused_all_the_same():
    assert message(seed=16**6000).startswith("config key 'seed': found a very long int, expected a whole number")


def test_a_value_in_itself_is_shown():
    circle: list = []
    circle.append(circle)
    assert show(circle) == "[[...]]"
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert show(deep) == "a very long list"
