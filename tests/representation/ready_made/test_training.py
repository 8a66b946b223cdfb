"""Ready-made autoencoders made as the shipped ones are, at the size of the smallest run."""

import json

import numpy as np
import pandas as pd
import pytest

from ccdcgan.config.loading import load_config
from ccdcgan.networks.saving import load
from ccdcgan.prototypes.substitution import substitute_prototypes
from ccdcgan.representation.ready_made import training
from ccdcgan.representation.ready_made.contents import DESCRIPTION, check_pretrained, history_file, model_file
from ccdcgan.representation.voxels.storage import VoxelFile
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def config():
    config = load_config(ROOT / "config/config.yaml", ROOT / "config/test.yaml")
    nets = {
        kind: getattr(config.autoencoders, kind).model_copy(update={"steps": steps})
        for kind, steps in (("sites", 100), ("lattice", 10))
    }
    return config.model_copy(update={"autoencoders": config.autoencoders.model_copy(update=nets)})


@pytest.fixture(scope="module", autouse=True)
def two_systems():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SYSTEMS", (("Li", "F"),))
        patch.setattr(training, "HELD_OUT", (("Mg", "Ag"),))
        yield


@pytest.fixture(scope="module")
def made(two_systems, tmp_path_factory, config):
    folder = tmp_path_factory.mktemp("made")
    training.make_autoencoders(folder / "work", folder / "folder", config)
    return folder


def test_networks_of_other_systems_are_made(made, config):
    folder = made / "folder"
    assert check_pretrained(config, folder)["sites"]["steps"] == 100
    history = pd.read_csv(folder / history_file("sites"))
    assert history["train_loss"].iloc[-1] < 0.9 < history["train_loss"].iloc[0]
    assert load(folder / model_file("lattice")).input_shape == (None, 16, 16, 16, 1)
    description = json.loads((folder / DESCRIPTION).read_text())
    assert description["held_out"] == ["Mg-Ag"]
    assert description["crystals"] == {"train": 10, "held_out": 10}


def test_only_the_elements_are_others_in_the_voxels(made, config):
    found = substitute_prototypes(config.prototypes, ["Li", "F"], config.matching, config.seed)
    with VoxelFile(made / "work/voxels.h5") as file:
        assert file.ids[:10] == [f"Li-F.{atoms.info['id']}" for atoms in found.structures]
        for index, atoms in enumerate(found.structures):
            lithium, fluorine = file.cluster(index).positions
            symbols = atoms.get_chemical_symbols()
            assert (len(lithium), len(fluorine)) == (symbols.count("Li"), symbols.count("F"))
            assert np.linalg.det(file.cluster(index).cell) == pytest.approx(atoms.get_volume())


def test_a_second_call_makes_nothing_again(made, config, monkeypatch):
    before = {path: path.read_bytes() for path in (made / "folder").iterdir()}
    for name in ("substitute_prototypes", "train_autoencoder", "voxelize"):
        monkeypatch.setattr(training, name, None)
    training.make_autoencoders(made / "work", made / "folder", config)
    assert {path: path.read_bytes() for path in (made / "folder").iterdir()} == before
