"""From files and the command line to a checked configuration."""

import json

import pytest
import yaml
from snakemake.cli import parse_config as snakemake_config
from snakemake.utils import update_config

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import load_config, parse_config
from tests.config.support import DEFAULT, ROOT, changed


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_configuration_is_valid(path):
    config = load_config(DEFAULT, path)
    assert parse_config(config.model_dump(mode="json")) == config


def test_numbers_may_come_as_text():
    config = parse_config(changed(gan__weight="0.3", generation__count="50", autoencoders__sites__augment="0"))
    assert config.gan.weight == 0.3
    assert config.generation.count == 50
    assert config.autoencoders.sites.augment == 0.0


def test_null_may_come_as_text():
    config = parse_config(changed(database__prebuilt="null", relaxation__min_distance="null"))
    assert config.database.prebuilt is None
    assert config.relaxation.min_distance is None
    with pytest.raises(ConfigError, match=r"'gan\.weight': found None"):
        parse_config(changed(gan__weight="null"))


def test_an_absolute_path_is_meant():
    assert parse_config(changed(database__prebuilt="/scratch/database")).database.prebuilt == "/scratch/database"


def test_a_missing_key_is_named():
    values = changed()
    del values["hull"]["stable"]
    with pytest.raises(ConfigError, match=r"'hull.stable': found nothing, expected a number above 0"):
        parse_config(values)


@pytest.mark.parametrize("values", [None, [], "text", 3])
def test_a_configuration_is_keys_and_values(values):
    with pytest.raises(ConfigError, match="expected keys and values"):
        parse_config(values)


def on_command_line(*settings):
    """The default configuration as Snakemake hands it over with ``--config`` and these."""
    values = changed()
    update_config(values, snakemake_config(settings))
    return values


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seed=3", lambda config: config.seed == 3),
        ("run=mine", lambda config: config.run == "mine"),
        ("system=[Ga, N]", lambda config: config.system == ["Ga", "N"]),
        ("generation={count: 7, models: [dcgan]}", lambda config: config.generation.count == 7),
        ("gan={learning_rate: 1e-4}", lambda config: config.gan.learning_rate == 1e-4),
        ("gan={temperature: 0.04}", lambda config: config.gan.temperature == 0.04),
        ("relaxation={second_model: null}", lambda config: config.relaxation.second_model is None),
        ("relaxation={min_distance: ~}", lambda config: config.relaxation.min_distance is None),
        ("relaxation={volume_per_atom: [8, 9.5]}", lambda config: config.relaxation.volume_per_atom == (8.0, 9.5)),
        ("relaxation={gpaw: {relax: true}}", lambda config: config.relaxation.gpaw.relax is True),
        ("studies={weights: [0, 0.5]}", lambda config: config.studies.weights == [0.0, 0.5]),
        ("studies={best_of: []}", lambda config: config.studies.best_of == []),
        ("autoencoders={sites: {channels: 8}}", lambda config: config.autoencoders.sites.channels == [8]),
        (
            "autoencoders={sites: {channels: [8, 9, 7]}}",
            lambda config: config.autoencoders.sites.channels == [8, 9, 7],
        ),
        (
            "objectives=[{property: volume_per_atom, weight: 0.1, goal: 20}]",
            lambda config: (config.objectives[0].weight, config.objectives[0].goal) == (0.1, 20.0),
        ),
    ],
)
def test_what_the_command_line_gives_is_read(setting, value):
    assert value(parse_config(on_command_line(setting)))


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("seed=", "config key 'seed': found None, expected a whole number"),
        ("seed=3.5", "config key 'seed': found 3.5, expected a whole number"),
        ("seed=true", "config key 'seed': found True, expected a whole number"),
        ("run=7", "config key 'run': found 7, expected a letter or digit, then"),
        ("screening={tolerance: .nan}", "config key 'screening.tolerance': found nan, expected a number from -100"),
        ("screening={tolerance: Infinity}", "config key 'screening.tolerance': found inf, expected a number from -100"),
        ("generation={count: 1e3}", "config key 'generation.count': found 1000.0, expected a whole number from 1"),
        ("generation={count: [}", "config key 'generation': found '{count: [}', expected keys and values"),
        ("generation=5", "config key 'generation': found 5, expected keys and values"),
        ("generation={cout: 5}", "config key 'generation.cout': found an unknown key"),
        ("system=Bi", "config key 'system': found 'Bi', expected a list of 2 to 8 items"),
    ],
)
def test_what_the_command_line_gives_wrong_is_said(setting, sentence):
    with pytest.raises(ConfigError) as caught:
        parse_config(on_command_line(setting))
    assert str(caught.value).startswith(sentence)


def test_later_files_override_key_by_key(tmp_path):
    (tmp_path / "mine.yaml").write_text("gan:\n  weight: 0.3\n")
    merged = load_config(DEFAULT, tmp_path / "mine.yaml")
    assert merged.gan.weight == 0.3
    assert merged.gan.steps == load_config(DEFAULT).gan.steps


def test_a_section_written_once_and_meant_twice_is_overridden_once(tmp_path):
    values = changed()
    values["autoencoders"]["lattice"] = values["autoencoders"]["sites"]  # YAML writes an anchor
    values["autoencoders"]["sites"]["channels"] = 8
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(values))
    assert "&id" in (tmp_path / "both.yaml").read_text()
    (tmp_path / "one.yaml").write_text("autoencoders: {sites: {steps: 7}}\n")
    merged = load_config(tmp_path / "both.yaml", tmp_path / "one.yaml").autoencoders
    assert (merged.sites.steps, merged.lattice.steps) == (7, 4500)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- a\n- list\n", r"\['a', 'list'\]"),
        ("", "None"),
        ("a: 1\nkey: [unclosed\n", "a mistake in line 3"),
        ("\x00", "ReaderError"),
        ("seed: 2001-99-99", "ValueError"),
        ("seed: " + "9" * 5000, "ValueError"),
        ("seed: " + "[" * 2000, "RecursionError"),
        ("gan: &x {gan: *x}", None),
    ],
    ids=["list", "empty", "unclosed", "binary", "date", "digits", "brackets", "circle"],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path, text, found):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=rf"broken\.yaml: found {found}" if found else "'gan.gan'") as caught:
        load_config(DEFAULT, path)
    assert "\n" not in str(caught.value)


def test_two_files_that_hold_themselves_are_refused(tmp_path):
    (tmp_path / "circle.yaml").write_text("gan: &x {gan: *x}")
    with pytest.raises(ConfigError, match=r"circle\.yaml: found RecursionError"):
        load_config(tmp_path / "circle.yaml", tmp_path / "circle.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.yaml: found no such file or directory"):
        load_config(tmp_path / "missing.yaml")
    with pytest.raises(ConfigError, match="found is a directory"):
        load_config(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"run: \xe4")
    with pytest.raises(ConfigError, match=r"latin\.yaml: found UnicodeDecodeError"):
        load_config(tmp_path / "latin.yaml")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_only_json_calls_a_number_is_refused(tmp_path, number):
    """Snakemake reads a configuration as JSON, too."""
    text = json.dumps(changed(screening__tolerance=12345.0)).replace("12345.0", number)
    with pytest.raises(ConfigError, match=r"'screening\.tolerance': found (nan|inf|-inf), expected a number"):
        parse_config(json.loads(text))
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ConfigError, match=r"'screening\.tolerance'"):
        load_config(tmp_path / "x.json")
