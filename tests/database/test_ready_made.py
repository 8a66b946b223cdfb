"""A ready-made database: checked against a run."""

import pytest

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import load_config
from ccdcgan.database.packing import pack
from ccdcgan.database.ready_made import check_prebuilt
from tests.conftest import ROOT

CONFIG = ROOT / "config/config.yaml"


def check(config: Config) -> None:
    check_prebuilt(config, config.database.prebuilt)


def with_prebuilt(folder, **changes):
    config = load_config(CONFIG)
    database = config.database.model_copy(update={"prebuilt": str(folder)})
    return config.model_copy(update={"database": database, **changes})


def test_a_database_that_fits_is_accepted(results, tmp_path, config):
    pack(results, tmp_path / "packed", config)
    check(with_prebuilt(tmp_path / "packed"))
    check(with_prebuilt(tmp_path / "packed", system=["Se", "Bi"]))
    other = config.relaxation.model_copy(update={"fmax": 0.01, "batch_size": 7})
    check(with_prebuilt(tmp_path / "packed", relaxation=other))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"system": ["Sb", "Te"]}, ["Bi-Se", "Sb-Te", "null"]),
        ({"engine": "chgnet"}, ["relaxation.engine", "'sevennet'", "'chgnet'"]),
        ({"energy_model": "7net-0"}, ["relaxation.energy_model", "None", "'7net-0'"]),
    ],
)
def test_one_that_does_not_fit_is_refused(results, tmp_path, config, change, words):
    pack(results, tmp_path / "packed", config)
    if "system" not in change:
        change = {"relaxation": config.relaxation.model_copy(update=change)}
    with pytest.raises(ConfigError, match=r"database\.prebuilt") as error:
        check(with_prebuilt(tmp_path / "packed", **change))
    assert all(word in str(error.value) for word in words)


def test_an_incomplete_folder_is_named(results, tmp_path, config):
    pack(results, tmp_path / "packed", config)
    (tmp_path / "packed/references.csv.gz").unlink()
    with pytest.raises(ConfigError, match=r"found no references.csv.gz"):
        check(with_prebuilt(tmp_path / "packed"))
    with pytest.raises(ConfigError, match=r"found no database.json"):
        check(with_prebuilt(tmp_path / "nowhere"))
