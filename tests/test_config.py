import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ccdcgan import config as module
from ccdcgan.config import ConfigError, load_config, parse_config

ROOT = Path(__file__).parents[1]
DEFAULT = ROOT / "config/config.yaml"


def changed(**changes):
    """The default configuration with some keys changed; a double underscore stands for a dot."""
    values = yaml.safe_load(DEFAULT.read_text())
    for key, value in changes.items():
        section = values
        *path, last = key.split("__")
        for part in path:
            section = section[part]
        section[last] = value
    return values


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sytem": ["Bi", "Se"]}, ["'sytem'", "unknown key"]),
        ({"relaxation__batchsize": 3}, ["'relaxation.batchsize'", "unknown key"]),
        ({"seed": "zero"}, ["'seed'", "'zero'", "integer"]),
        ({"gan": None}, ["'gan'", "None"]),
        ({"system": ["Bi", "Xx"]}, ["'system'", "'Xx'"]),
        ({"system": ["Bi"]}, ["'system'", "at least two"]),
        ({"system": ["Bi", "Bi"]}, ["'system'", "different"]),
        ({"system": "Bi"}, ["'system'", "'Bi'", "list"]),
        ({"generation__count": -5}, ["'generation.count'", "-5", "greater than 0"]),
        ({"relaxation__batch_size": 0}, ["'relaxation.batch_size'", "0", "greater than 0"]),
        ({"relaxation__engine": "vesp"}, ["'relaxation.engine'", "'vesp'", "'sevennet'"]),
        ({"relaxation__volume_per_atom": [60.0, 15.0]}, ["'relaxation'", "smaller, larger"]),
        ({"voxels__sites_grid": 30}, ["sites_grid must be a multiple of 8"]),
        ({"autoencoders__sites__latent": 201}, ["'autoencoders.sites.latent'", "at most 200"]),
        ({"autoencoders__sites__channels": [16, 0]}, ["'autoencoders.sites.channels.1'", "0", "greater than 0"]),
        ({"autoencoders__sites__channels": [16, 32]}, ["autoencoders.sites.channels", "one number, or 3", "not 2"]),
        ({"gan__steps": 51}, ["multiple of gan.steps_per_call"]),
        ({"generation__models": ["dcgan", "dcgan"]}, ["'generation.models'"]),
        ({"objectives": [{"property": "x", "weight": 0.1, "goal": "lower"}]}, ["'objectives.0.goal", "'lower'"]),
        ({"objectives": [{"property": "formation_energy", "weight": 1, "goal": "minimise"}]}, ["gan.weight"]),
        ({"studies__weights": [0.1, 0.1]}, ["'studies.weights'", "none twice"]),
        ({"studies__seeds": []}, ["'studies.seeds'", "at least one"]),
        ({"run": "../elsewhere"}, ["'run'", "'../elsewhere'"]),
        ({"database__prebuilt": "resources/../../elsewhere"}, ["'database.prebuilt'", "inside the folder"]),
        (
            {"controls__sources": ["optimade"], "prototypes__optimade": None},
            ["controls needs source optimade", "prototypes.optimade must hold its settings"],
        ),
        ({"controls__names": ["random", "random"]}, ["'controls.names'", "each control once"]),
        (
            {"controls__names": ["weighted_latents"]},
            ["controls.names holds weighted_latents", "gan.temperature must be a number"],
        ),
        ({"database__held_out": 1.0}, ["'database.held_out'", "less than 1"]),
    ],
)
def test_a_wrong_key_is_named_with_what_was_found_and_expected(change, words):
    with pytest.raises(ConfigError) as caught:
        parse_config(changed(**change))
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_an_absolute_path_is_meant():
    assert parse_config(changed(database__prebuilt="/scratch/database")).database.prebuilt == "/scratch/database"


def test_numbers_may_come_as_text():
    config = parse_config(changed(gan__weight="0.3", generation__count="50", autoencoders__sites__augment="0"))
    assert config.gan.weight == 0.3
    assert config.generation.count == 50
    assert config.autoencoders.sites.augment == 0.0


@pytest.mark.parametrize(("elements", "counts"), [("AB", {}), ("ABC", {2: 3}), ("ABCD", {2: 6, 3: 4})])
def test_subsystems_lack_an_element_and_are_no_elements(elements, counts):
    parts = module.subsystems(list(elements))
    assert Counter(map(len, parts)) == counts
    assert len(set(parts)) == len(parts)


def test_null_may_come_as_text():
    config = parse_config(changed(database__prebuilt="null", relaxation__min_distance="null"))
    assert config.database.prebuilt is None
    assert config.relaxation.min_distance is None
    with pytest.raises(ConfigError, match=r"'gan\.weight': found None"):
        parse_config(changed(gan__weight="null"))


def test_a_missing_key_is_named():
    values = changed()
    del values["hull"]["stable"]
    with pytest.raises(ConfigError, match=r"'hull.stable': found nothing"):
        parse_config(values)


def test_later_files_override_key_by_key(tmp_path):
    (tmp_path / "mine.yaml").write_text("gan:\n  weight: 0.3\n")
    merged = load_config(DEFAULT, tmp_path / "mine.yaml")
    assert merged.gan.weight == 0.3
    assert merged.gan.steps == load_config(DEFAULT).gan.steps


@pytest.mark.parametrize("text", ["- a\n- list\n", "key: [unclosed\n", "\x00"])
def test_a_file_that_is_no_configuration_is_named(tmp_path, text):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        load_config(path)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_configuration_is_valid(path):
    load_config(DEFAULT, path)


def test_schema_and_documentation_are_those_of_the_classes():
    assert json.loads((ROOT / "workflow/schemas/config.schema.json").read_text()) == module.json_schema()
    assert (ROOT / "config/README.md").read_text() == module.markdown()


def test_the_models_follow_from_the_networks():
    assert list(parse_config(changed()).variants) == ["dcgan", "dcgan+constraint", "ccdcgan"]
    assert list(parse_config(changed(generation__models=["ccdcgan"])).variants) == ["ccdcgan"]


def test_an_engine_sees_no_settings_of_another():
    potential = parse_config(changed(relaxation__vasp__encut=400.0)).relaxation
    assert potential.of_engine() == parse_config(changed()).relaxation.of_engine()
    assert type(potential).model_validate(potential.of_engine().model_dump(mode="json")) == potential.of_engine()
    vasp = parse_config(changed(relaxation__engine="vasp", relaxation__vasp__encut=400.0)).relaxation
    assert vasp.of_engine().vasp == vasp.vasp
