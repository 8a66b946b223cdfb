import keras
import numpy as np
import pytest

from ccdcgan import networks


def parameters(*models: keras.Model) -> int:
    return sum(model.count_params() for model in models)


@pytest.mark.parametrize(
    ("models", "published"),
    [
        (lambda: networks.autoencoder(64, 64, 200, "sigmoid"), 3_219_456),
        (lambda: networks.autoencoder(32, 64, 25, "sigmoid"), 1_261_568),
        (lambda: (networks.generator(28),), 1_483_393),
        (lambda: (networks.discriminator(28),), 393_729),
        (lambda: (networks.constraint(28),), 4_995_457),
    ],
    ids=["sites", "lattice", "generator", "discriminator", "constraint"],
)
def test_parameters_are_as_published(models, published):
    assert parameters(*models()) == published


def test_autoencoder_layers_are_as_published():
    encoder, decoder = networks.autoencoder(64, 64, 200, "sigmoid")
    convolutions = [layer for layer in encoder.layers if isinstance(layer, keras.layers.Conv3D)]
    assert [layer.strides[0] for layer in convolutions] == [2, 2, 2, 2, 1]
    assert [layer.output.shape[1] for layer in convolutions] == [32, 16, 8, 4, 1]
    transposed = [layer for layer in decoder.layers if isinstance(layer, keras.layers.Conv3DTranspose)]
    assert [layer.output.shape[1] for layer in transposed] == [4, 8, 16, 32, 64]
    assert {layer.kernel_size for layer in convolutions + transposed} == {(4, 4, 4)}


@pytest.mark.parametrize("grid", [8, 16, 24, 32, 48])
@pytest.mark.parametrize("output", ["sigmoid", "hard_sigmoid"])
def test_autoencoder_keeps_shapes_and_ranges(grid, output):
    encoder, decoder = networks.autoencoder(grid, 2, 7, output)
    voxels = np.random.default_rng(0).random((2, grid, grid, grid, 1), dtype=np.float32)
    latents = keras.ops.convert_to_numpy(encoder(voxels))
    assert latents.shape == (2, 7)
    assert np.abs(latents).max() < 1
    back = keras.ops.convert_to_numpy(decoder(10 * latents))
    assert back.shape == voxels.shape
    assert 0 <= back.min() < back.max() <= 1


def test_autoencoder_has_the_channels_of_the_plan():
    encoder, decoder = networks.autoencoder(32, [2, 3, 5], 7, "hard_sigmoid")
    filters = [layer.filters for layer in encoder.layers + decoder.layers if hasattr(layer, "filters")]
    assert filters == [2, 3, 5, 7, 5, 3, 2, 1]
    with pytest.raises(ValueError, match="found 2 numbers, expected 1 or 3 for a grid of 32"):
        networks.autoencoder(32, [2, 3], 7, "hard_sigmoid")


@pytest.mark.parametrize("edge", [28, 32, 36])
def test_graph_networks_fit_any_edge(edge):
    noise = np.random.default_rng(0).normal(size=(3, 200)).astype(np.float32)
    graphs = networks.generator(edge)(noise)
    assert graphs.shape == (3, edge, edge, 1)
    assert np.abs(keras.ops.convert_to_numpy(graphs)).max() < 1
    assert networks.discriminator(edge)(graphs).shape == (3, 1)
    assert networks.constraint(edge)(graphs).shape == (3, 1)


def real_graphs(edge=28):
    """Graphs whose upper half varies, about another mean at each place; the lower half is padding."""
    random = np.random.default_rng(0)
    graphs = np.zeros((20, edge, edge), dtype=np.float32)
    graphs[:, : edge // 2] = random.uniform(-0.5, 0.5, (edge // 2, edge)) + random.normal(0, 0.1, (20, edge // 2, edge))
    return graphs


def test_dense_networks_take_each_value_in_its_own_unit():
    keras.utils.set_random_seed(0)
    graphs = real_graphs()
    generator, discriminator = networks.dense_generator(graphs), networks.dense_discriminator(graphs)
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
    networks.dense_generator(graphs)
    elsewhere = networks.dense_discriminator(0.5 * graphs - 0.2)
    assert logits.shape == (200, 1)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(elsewhere(0.5 * generated - 0.2)), logits, atol=1e-4)


def test_discriminator_gives_logits():
    graphs = np.random.default_rng(0).normal(size=(8, 28, 28, 1)).astype(np.float32)
    logits = keras.ops.convert_to_numpy(networks.discriminator(28)(100 * graphs))
    assert logits.min() < 0 or logits.max() > 1


@pytest.mark.parametrize(
    "build",
    [
        lambda: networks.autoencoder(8, 2, 3, "hard_sigmoid")[0],
        lambda: networks.autoencoder(8, 2, 3, "hard_sigmoid")[1],
        lambda: networks.generator(28),
        lambda: networks.discriminator(28),
        lambda: networks.constraint(28),
        lambda: networks.dense_generator(real_graphs()),
        lambda: networks.dense_discriminator(real_graphs()),
    ],
    ids=["encoder", "decoder", "generator", "discriminator", "constraint", "dense_generator", "dense_discriminator"],
)
def test_saved_models_are_read_back_in_safe_mode(build, tmp_path):
    model = build()
    inputs = np.random.default_rng(0).normal(size=(2, *model.input_shape[1:])).astype(np.float32)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model(inputs)), keras.ops.convert_to_numpy(again(inputs)))


@pytest.mark.parametrize("grid", [0, 12, 30])
def test_wrong_grid_is_named(grid):
    with pytest.raises(ValueError, match=f"grid of the voxel: found {grid}, expected a positive multiple of 8"):
        networks.autoencoder(grid, 4, 8, "sigmoid")


@pytest.mark.parametrize("build", [networks.generator, networks.discriminator, networks.constraint])
def test_wrong_edge_is_named(build):
    with pytest.raises(ValueError, match="edge of the crystal graph: found 30, expected a positive multiple of 4"):
        build(30)


@pytest.mark.parametrize("shape", [(2, 7, 7, 5), (1, 3, 4, 2)])
def test_up_sampled_convolution_is_that_of_keras(shape):
    inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    ours = networks.UpSampledConv2D(6)
    ours.build(shape)
    ours.bias.assign(np.arange(6))
    up_sampled = keras.layers.UpSampling2D()(inputs)
    theirs = keras.layers.Conv2D(6, 3, padding="same")
    theirs.build(up_sampled.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours(inputs)), keras.ops.convert_to_numpy(theirs(up_sampled)), atol=1e-4
    )


def test_generator_survives_the_file(tmp_path):
    noise = np.random.default_rng(0).normal(size=(2, 200)).astype(np.float32)
    model = networks.generator(12)
    model.save(tmp_path / "generator.keras")
    loaded = networks.load(tmp_path / "generator.keras")
    np.testing.assert_array_equal(model.predict(noise, verbose=0), loaded.predict(noise, verbose=0))
