import keras
import numpy as np
import pytest

from ccdcgan.networks import convolutional


@pytest.mark.parametrize(
    ("build", "published"),
    [
        (convolutional.generator, 1_483_393),
        (convolutional.discriminator, 393_729),
        (convolutional.constraint, 4_995_457),
    ],
)
def test_parameters_are_as_published(build, published):
    assert build(28).count_params() == published


@pytest.mark.parametrize("edge", [28, 32, 36])
def test_graph_networks_fit_any_edge(edge):
    noise = np.random.default_rng(0).normal(size=(3, 200)).astype(np.float32)
    graphs = convolutional.generator(edge)(noise)
    assert graphs.shape == (3, edge, edge, 1)
    assert np.abs(keras.ops.convert_to_numpy(graphs)).max() < 1
    assert convolutional.discriminator(edge)(graphs).shape == (3, 1)
    assert convolutional.constraint(edge)(graphs).shape == (3, 1)


def test_discriminator_gives_logits():
    graphs = np.random.default_rng(0).normal(size=(8, 28, 28, 1)).astype(np.float32)
    logits = keras.ops.convert_to_numpy(convolutional.discriminator(28)(100 * graphs))
    assert logits.min() < 0 or logits.max() > 1


@pytest.mark.parametrize("build", [convolutional.generator, convolutional.discriminator, convolutional.constraint])
def test_wrong_edge_is_named(build):
    with pytest.raises(ValueError, match="edge of the crystal graph: found 30, expected a positive multiple of 4"):
        build(30)
