import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from ase import Atoms
from keras import ops

from ccdcgan.config.autoencoders import Autoencoder
from ccdcgan.config.voxels import Voxels
from ccdcgan.networks.training import Plan, fit
from ccdcgan.representation.autoencoders import (
    FAR,
    SIGNED_PERMUTATIONS,
    Reconstruction,
    _lattice_draw,
    _sites_draw,
    autoencoder,
    decode,
    encode,
    lattice_density,
    sites_density,
    train_autoencoder,
)
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel
from ccdcgan.representation.voxels.storage import voxelize
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt

VOXELS = Voxels(sites_grid=16, sites_box=14.0, sites_sigma=0.9, lattice_grid=8, lattice_sigma=1.0)
SETTINGS = Autoencoder(
    channels=8,
    latent=16,
    steps=40,
    batch_size=4,
    learning_rate=0.003,
    beta_2=0.999,
    weight_decay=0.0,
    sigma_start=1.5,
    augment=1.0,
    output="hard_sigmoid",
    loss="relative",
)


def crystals() -> list[Atoms]:
    return [rocksalt(), caesium_chloride(), *(rattled(caesium_chloride(), f"rattled-{n}", 0.3, n) for n in range(3))]


SPLIT = {atoms.info["id"]: "held_out" if number == 4 else "train" for number, atoms in enumerate(crystals())}


@pytest.fixture(scope="module")
def voxel_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("voxels") / "voxels.h5"
    assert voxelize(crystals(), ["Bi", "Se"], VOXELS, path).empty
    return path


@pytest.fixture(scope="module", params=["sites", "lattice"])
def trained(request, voxel_file):
    return request.param, *train_autoencoder(request.param, voxel_file, SPLIT, SETTINGS, seed=0)


def test_sites_density_is_the_voxel_of_the_voxels_stage():
    positions = np.random.default_rng(0).uniform(-7, 7, (2, 5, 3)).astype(np.float32)
    expected = [sites_voxel(positions[0], VOXELS), sites_voxel(positions[1, :3], VOXELS)]
    positions[1, 3:] = FAR
    found = ops.convert_to_numpy(sites_density(positions, VOXELS.sites_sigma, VOXELS))[..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_lattice_density_is_the_voxel_of_the_voxels_stage():
    cells = np.array([atoms.cell.array for atoms in (bi2se3(), caesium_chloride(), rocksalt())], np.float32)
    found = ops.convert_to_numpy(lattice_density(cells, VOXELS.lattice_sigma, VOXELS))[..., 0]
    np.testing.assert_allclose(found, [lattice_voxel(cell, VOXELS) for cell in cells], atol=1e-5)


def test_signed_permutations_are_the_symmetries_of_the_cube():
    assert len({matrix.tobytes() for matrix in SIGNED_PERMUTATIONS + 0.0}) == 48
    np.testing.assert_array_equal(
        SIGNED_PERMUTATIONS @ SIGNED_PERMUTATIONS.transpose(0, 2, 1), np.tile(np.eye(3), (48, 1, 1))
    )


def test_training_without_augmentation_draws_the_voxels_themselves():
    settings = SETTINGS.model_copy(update={"augment": 0.0, "batch_size": 50})
    clusters = [cluster(atoms, ["Bi", "Se"], VOXELS) for atoms in crystals()]
    sites = [sites_voxel(atoms, VOXELS) for crystal in clusters for atoms in crystal.positions]
    lattices = [lattice_voxel(crystal.cell, VOXELS) for crystal in clusters]
    for draw, sigma, expected in (
        (_sites_draw(clusters, VOXELS, settings), VOXELS.sites_sigma, np.array(sites)),
        (_lattice_draw(clusters, VOXELS, settings), VOXELS.lattice_sigma, np.array(lattices)),
    ):
        found = ops.convert_to_numpy(draw(keras.random.SeedGenerator(0), sigma))[..., 0]
        distance = np.abs(found[:, None] - expected[None]).max(axis=(2, 3, 4))
        assert distance.min(axis=1).max() < 1e-5  # each drawn voxel is one of the crystals'
        assert distance.min(axis=0).max() < 1e-5  # and each crystal's is drawn


@pytest.mark.parametrize("kind", ["sites", "lattice"])
def test_augmentation_changes_its_share_of_the_voxels(kind):
    settings = SETTINGS.model_copy(update={"augment": 0.25, "batch_size": 400})
    clusters = [cluster(rattled(bi2se3(), "rattled", 0.3, 0), ["Bi", "Se"], VOXELS)]
    if kind == "sites":
        draw, sigma = _sites_draw(clusters, VOXELS, settings), VOXELS.sites_sigma
        own = np.array([sites_voxel(atoms, VOXELS) for atoms in clusters[0].positions])
    else:
        draw, sigma = _lattice_draw(clusters, VOXELS, settings), VOXELS.lattice_sigma
        own = lattice_voxel(clusters[0].cell, VOXELS)[None]
    found = ops.convert_to_numpy(draw(keras.random.SeedGenerator(0), sigma))[..., 0]
    changed = np.abs(found[:, None] - own).max(axis=(2, 3, 4)).min(axis=1) > 1e-5
    assert 0.2 < changed.mean() < 0.3


def test_augmentation_keeps_atoms_whole_and_in_the_box():
    clusters = [cluster(bi2se3(), ["Bi", "Se"], VOXELS)]
    draw = _sites_draw(clusters, VOXELS, SETTINGS.model_copy(update={"batch_size": 200}))
    found = ops.convert_to_numpy(draw(keras.random.SeedGenerator(0), VOXELS.sites_sigma))
    one = sites_voxel(np.zeros((1, 3)), VOXELS).sum()
    atoms = found.sum(axis=(1, 2, 3, 4)) / one
    assert np.median(np.abs(atoms - atoms.round())) < 0.05
    assert set(atoms.round()) == {0, 1, 2, 3, 4, 5}


def test_training_beats_the_all_zero_answer(trained):
    _, _, history = trained
    assert list(history.columns) == ["step", "train_loss", "held_out_loss"]
    assert history["step"].iloc[-1] == SETTINGS.steps
    assert history["train_loss"].iloc[-1] < 0.8
    assert history["held_out_loss"].iloc[-1] < 0.8


def test_a_network_that_draws_nothing_is_told(voxel_file):
    settings = SETTINGS.model_copy(update={"learning_rate": 0.1})
    with pytest.raises(ValueError, match=r"autoencoders\.sites: the network draws empty voxels only.*output linear"):
        train_autoencoder("sites", voxel_file, SPLIT, settings, seed=0)


@pytest.mark.parametrize(("output", "leaves"), [("hard_sigmoid", False), ("linear", True)])
def test_only_without_its_clip_a_network_leaves_the_all_zero_answer(output, leaves):
    settings = SETTINGS.model_copy(update={"output": output})
    model = autoencoder("lattice", settings, VOXELS)
    last = [layer for layer in model.get_layer("decoder").layers if layer.weights][-1]
    last.set_weights([np.zeros_like(weight) for weight in last.get_weights()])
    draw = _lattice_draw([cluster(rocksalt(), ["Bi", "Se"], VOXELS)], VOXELS, settings)
    trainer = Reconstruction(model, draw, settings, 1.0, seed=0)
    assert len(trainer.trainable_variables) == len(model.trainable_variables)
    fit(trainer, Plan(10, 10, 1, 0.003, cosine=True), evaluate=dict, backup=None, identity="")
    assert bool(np.any(last.get_weights())) == leaves
    drawn = decode(model, np.zeros((1, 16), np.float32) + 0.5)
    assert 0 <= drawn.min() <= drawn.max() <= 1


def test_history_measures_the_returned_model(trained):
    kind, model, history = trained
    clusters = [cluster(atoms, ["Bi", "Se"], VOXELS) for atoms in crystals()]
    if kind == "sites":
        voxels = np.array([sites_voxel(atoms, VOXELS) for atoms in clusters[4].positions])
    else:
        voxels = lattice_voxel(clusters[4].cell, VOXELS)[None]
    error = np.square(decode(model, encode(model, voxels)) - voxels).sum() / np.square(voxels).sum()
    assert history["held_out_loss"].iloc[-1] == pytest.approx(error, rel=1e-4)


def test_saved_model_is_read_back_in_safe_mode(trained, tmp_path):
    _, model, _ = trained
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    voxels = np.random.default_rng(0).random((3, *model.input_shape[1:4]), dtype=np.float32)
    latents = encode(again, voxels)
    assert latents.shape == (3, SETTINGS.latent)
    np.testing.assert_array_equal(latents, encode(model, voxels))
    np.testing.assert_array_equal(decode(again, latents), decode(model, latents))
    np.testing.assert_allclose(decode(again, latents), again.predict(voxels[..., None], verbose=0)[..., 0], atol=1e-6)


def test_interrupted_training_is_resumed(trained, voxel_file, tmp_path, monkeypatch):
    kind, model, history = trained
    backup = tmp_path / "backup"

    whole = Reconstruction.fit

    def interrupted(self, *args, **kwargs):
        if int(self.step) >= SETTINGS.steps // 2:
            raise KeyboardInterrupt
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(Reconstruction, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_autoencoder(kind, voxel_file, SPLIT, SETTINGS, seed=0, backup=backup)
    monkeypatch.undo()
    assert backup.exists()
    again, resumed = train_autoencoder(kind, voxel_file, SPLIT, SETTINGS, seed=0, backup=backup)
    pd.testing.assert_frame_equal(resumed, history, check_exact=True)
    for first, second in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("loss", ["relative", "mean"])
def test_loss_is_equation_5(loss):
    settings = SETTINGS.model_copy(update={"weight_decay": 0.5, "augment": 0.0, "loss": loss})
    keras.utils.set_random_seed(0)
    model = autoencoder("lattice", settings, VOXELS)
    voxels = lattice_voxel(rocksalt().cell.array, VOXELS)[None, ..., None]
    trainer = Reconstruction(model, lambda random, sigma: ops.convert_to_tensor(voxels), settings, 1.0, seed=0)
    errors = np.square(voxels - model.predict(voxels, verbose=0))
    error = errors.sum() / np.square(voxels).sum() if loss == "relative" else errors.mean()
    squares = sum(np.square(weight).sum() for weight in model.get_weights())
    assert float(trainer.compute_loss()) == pytest.approx(error + 0.25 * squares, rel=1e-4)


@pytest.mark.parametrize(("step", "expected"), [(0, 1.5), (10, 1.25), (20, 1.0), (40, 1.0)])
def test_sigma_falls_during_the_first_half(step, expected):
    found = []

    def draw(random, sigma):
        found.append(float(sigma))
        return ops.ones((1, 8, 8, 8, 1))

    trainer = Reconstruction(autoencoder("lattice", SETTINGS, VOXELS), draw, SETTINGS, 1.0, seed=0)
    trainer.step.assign(step)
    trainer.compute_loss()
    assert found == [pytest.approx(expected)]


def test_an_empty_set_is_named(voxel_file):
    with pytest.raises(ValueError, match="found no held_out crystal"):
        train_autoencoder("lattice", voxel_file, dict.fromkeys(SPLIT, "train"), SETTINGS, seed=0)


def test_torch_runs_the_same_code(voxel_file):
    code = f"""
import keras, ccdcgan.representation.autoencoders
ccdcgan.representation.autoencoders.RECORDS = 2
from ccdcgan.representation.autoencoders import train_autoencoder
from ccdcgan.config.autoencoders import Autoencoder
from ccdcgan.networks.training import configure
configure(0, 1)
settings = Autoencoder(**{SETTINGS.model_copy(update={"steps": 10}).model_dump()!r})
for kind in ("sites", "lattice"):
    losses = train_autoencoder(kind, {str(voxel_file)!r}, {SPLIT!r}, settings, seed=0)[1]["train_loss"]
    assert losses.iloc[-1] < losses.iloc[0], losses
print(keras.backend.backend())
"""
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "torch"
