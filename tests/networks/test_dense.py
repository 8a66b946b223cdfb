import keras
import numpy as np

from ccdcgan.networks import dense
from tests.networks.graphs import real_graphs


def test_dense_networks_take_each_value_in_its_own_unit():
    keras.utils.set_random_seed(0)
    graphs = real_graphs()
    generator, discriminator = dense.dense_generator(graphs), dense.dense_discriminator(graphs)
    noise = np.random.default_rng(0).normal(size=(200, 200)).astype(np.float32)
    generated = keras.ops.convert_to_numpy(generator(noise))
    assert generated.shape == (200, 28, 28, 1)
    assert np.abs(generated).max() <= 1
    assert np.abs(generated[:, 14:]).max() < 1e-5
    off = np.abs(generated.mean(axis=0)[:14, :, 0] - graphs.mean(axis=0)[:14]) / graphs.std(axis=0)[:14]
    assert np.median(off) < 1
    # Noise in the padding gives no graph away.
    logits = keras.ops.convert_to_numpy(discriminator(generated))
    generated[:, 14:] = 0
    np.testing.assert_allclose(keras.ops.convert_to_numpy(discriminator(generated)), logits, atol=1e-5)
    # Other units, other means: the same to the discriminator.
    keras.utils.set_random_seed(0)
    dense.dense_generator(graphs)
    elsewhere = dense.dense_discriminator(0.5 * graphs - 0.2)
    assert logits.shape == (200, 1)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(elsewhere(0.5 * generated - 0.2)), logits, atol=1e-4)
