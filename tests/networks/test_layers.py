import keras
import numpy as np
import pytest

from ccdcgan.networks.layers import UpSampledConv2D


@pytest.mark.parametrize("shape", [(2, 7, 7, 5), (1, 3, 4, 2)])
def test_up_sampled_convolution_is_that_of_keras(shape):
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    ours = UpSampledConv2D(6)
    ours.build(shape)
    ours.bias.assign(np.arange(6))
    up_sampled = keras.layers.UpSampling2D()(inputs)
    theirs = keras.layers.Conv2D(6, 3, padding="same")
    theirs.build(up_sampled.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours(inputs)), keras.ops.convert_to_numpy(theirs(up_sampled)), atol=1e-4
    )
