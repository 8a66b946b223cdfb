"""Ready-made autoencoders: checked against a run."""

import json

import pytest

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import load_config
from ccdcgan.representation.ready_made.contents import DESCRIPTION, KINDS, check_pretrained, history_file, model_file
from tests.conftest import ROOT

CONFIG = load_config(ROOT / "config/config.yaml")


@pytest.fixture
def folder(tmp_path):
    settings = {kind: getattr(CONFIG.autoencoders, kind).model_dump(mode="json") for kind in KINDS}
    settings["sites"]["steps"] = 77
    description = {"voxels": CONFIG.voxels.model_dump(), "autoencoders": settings}
    (tmp_path / DESCRIPTION).write_text(json.dumps(description))
    for kind in KINDS:
        (tmp_path / model_file(kind)).touch()
        (tmp_path / history_file(kind)).touch()
    return tmp_path


def test_their_own_settings_are_told(folder):
    assert check_pretrained(CONFIG, folder)["sites"]["steps"] == 77


def test_other_voxels_are_refused(folder):
    voxels = CONFIG.voxels.model_copy(update={"sites_grid": 16})
    with pytest.raises(ConfigError, match=r"autoencoders\.pretrained.* voxels\.sites_grid 32, expected 16.*null"):
        check_pretrained(CONFIG.model_copy(update={"voxels": voxels}), folder)


def test_an_incomplete_folder_is_named(folder):
    (folder / "lattice.keras").unlink()
    with pytest.raises(ConfigError, match=r"found no lattice\.keras, expected"):
        check_pretrained(CONFIG, folder)
    with pytest.raises(ConfigError, match=r"found no autoencoders\.json, expected"):
        check_pretrained(CONFIG, folder / "nowhere")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"voxels": 3, "autoencoders": {}}'])
def test_a_broken_description_is_named(folder, text):
    (folder / DESCRIPTION).write_text(text)
    with pytest.raises(ConfigError, match=r"in autoencoders\.json, expected voxels and autoencoders"):
        check_pretrained(CONFIG, folder)
