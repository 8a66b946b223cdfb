import re
import time
import zipfile

import keras
import numpy as np
import pytest

from ccdcgan.networks import convolutional, dense, saving
from ccdcgan.networks.autoencoder import encoder_and_decoder
from ccdcgan.networks.flow import Flow
from tests.networks.graphs import real_graphs


@pytest.mark.parametrize(
    "build",
    [
        lambda: encoder_and_decoder(8, 2, 3, "hard_sigmoid")[0],
        lambda: encoder_and_decoder(8, 2, 3, "hard_sigmoid")[1],
        lambda: convolutional.generator(28),
        lambda: convolutional.discriminator(28),
        lambda: convolutional.constraint(28),
        lambda: dense.dense_generator(real_graphs()),
        lambda: dense.dense_discriminator(real_graphs()),
    ],
    ids=["encoder", "decoder", "generator", "discriminator", "constraint", "dense_generator", "dense_discriminator"],
)
def test_saved_models_are_read_back_in_safe_mode(build, tmp_path):
    model = build()
    inputs = np.random.default_rng(0).normal(size=(2, *model.input_shape[1:])).astype(np.float32)
    saving.save(model, tmp_path / "model.keras")
    again = saving.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model(inputs)), keras.ops.convert_to_numpy(again(inputs)))


def autoencoder() -> keras.Model:
    encoder, decoder = encoder_and_decoder(8, 2, 3, "hard_sigmoid")
    inputs = keras.Input((8, 8, 8, 1))
    return keras.Model(inputs, decoder(encoder(inputs)), name="autoencoder")


def flow() -> Flow:
    return Flow((4, 4), [0, 3, 5], ["n_2", "dense_1"], width=8, blocks=2)


@pytest.mark.parametrize(
    "build",
    [
        autoencoder,
        lambda: dense.dense_generator(real_graphs()),
        lambda: dense.dense_discriminator(real_graphs()),
        lambda: convolutional.constraint(28),
        flow,
    ],
    ids=["autoencoder", "dense_generator", "dense_discriminator", "constraint", "flow"],
)
def test_the_bytes_of_a_file_follow_from_the_network_alone(build, tmp_path, monkeypatch):
    first, last = tmp_path / "first.keras", tmp_path / "last.keras"
    model = build()
    saving.save(model, first)
    later = build()  # in a process that has made the same layers before
    later.set_weights(model.get_weights())
    assert [layer.name for layer in later.layers] != [layer.name for layer in model.layers] or build is flow
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2031, 1, 2, 3, 4, 5, 0, 1, 0)))
    saving.save(later, last)
    assert first.read_bytes() == last.read_bytes()
    again = saving.load(last)
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.count_params() == model.count_params()


def test_shared_objects_are_named_by_their_order(tmp_path):
    """As addresses in memory they differ from process to process."""
    saving.save(autoencoder(), tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        numbers = set(map(int, re.findall(rb'"shared_object_id": (\d+)', archive.read("config.json"))))
    assert numbers == set(range(len(numbers)))
    assert numbers


def test_a_flow_keeps_what_it_was_told(tmp_path):
    model = flow()
    noise = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    saving.save(model, tmp_path / "flow.keras")
    again = saving.load(tmp_path / "flow.keras")
    assert again.conditions == ("n_2", "dense_1")
    np.testing.assert_array_equal(*(each.sample(noise, {"n_2": 1.0}, guidance=0.0, steps=3) for each in (model, again)))
