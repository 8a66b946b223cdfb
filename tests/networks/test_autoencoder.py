import keras
import numpy as np
import pytest

from ccdcgan.networks.autoencoder import encoder_and_decoder


@pytest.mark.parametrize(("shape", "published"), [((64, 64, 200), 3_219_456), ((32, 64, 25), 1_261_568)])
def test_parameters_are_as_published(shape, published):
    assert sum(model.count_params() for model in encoder_and_decoder(*shape, "sigmoid")) == published


def test_autoencoder_layers_are_as_published():
    encoder, decoder = encoder_and_decoder(64, 64, 200, "sigmoid")
    convolutions = [layer for layer in encoder.layers if isinstance(layer, keras.layers.Conv3D)]
    assert [layer.strides[0] for layer in convolutions] == [2, 2, 2, 2, 1]
    assert [layer.output.shape[1] for layer in convolutions] == [32, 16, 8, 4, 1]
    transposed = [layer for layer in decoder.layers if isinstance(layer, keras.layers.Conv3DTranspose)]
    assert [layer.output.shape[1] for layer in transposed] == [4, 8, 16, 32, 64]
    assert {layer.kernel_size for layer in convolutions + transposed} == {(4, 4, 4)}


@pytest.mark.parametrize("grid", [8, 16, 24, 32, 48])
@pytest.mark.parametrize("output", ["sigmoid", "hard_sigmoid", "linear"])
def test_autoencoder_keeps_shapes_and_ranges(grid, output):
    encoder, decoder = encoder_and_decoder(grid, 2, 7, output)
    voxels = np.random.default_rng(0).random((2, grid, grid, grid, 1), dtype=np.float32)
    latents = keras.ops.convert_to_numpy(encoder(voxels))
    assert latents.shape == (2, 7)
    assert np.abs(latents).max() < 1
    back = keras.ops.convert_to_numpy(decoder(10 * latents))
    assert back.shape == voxels.shape
    assert 0 <= back.min() < back.max() <= 1


def test_autoencoder_has_the_channels_of_the_plan():
    encoder, decoder = encoder_and_decoder(32, [2, 3, 5], 7, "hard_sigmoid")
    filters = [layer.filters for layer in encoder.layers + decoder.layers if hasattr(layer, "filters")]
    assert filters == [2, 3, 5, 7, 5, 3, 2, 1]
    with pytest.raises(ValueError, match="found 2 numbers, expected 1 or 3 for a grid of 32"):
        encoder_and_decoder(32, [2, 3], 7, "hard_sigmoid")


@pytest.mark.parametrize("grid", [0, 12, 30])
def test_wrong_grid_is_named(grid):
    with pytest.raises(ValueError, match=f"grid of the voxel: found {grid}, expected a positive multiple of 8"):
        encoder_and_decoder(grid, 4, 8, "sigmoid")
