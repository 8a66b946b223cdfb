import keras
import numpy as np
import pytest
from scipy import stats

from ccdcgan.generators.generation import CHUNK, generate, noise, noisy_graphs
from ccdcgan.networks import convolutional
from ccdcgan.representation.crystal_graphs import CrystalGraphs


@pytest.fixture(scope="module")
def generator() -> keras.Model:
    keras.utils.set_random_seed(0)
    return convolutional.generator(8)


@pytest.fixture(scope="module")
def constraint() -> keras.Model:
    keras.utils.set_random_seed(1)
    return convolutional.constraint(8)


def test_a_graph_does_not_depend_on_the_batch_it_is_generated_in(
    generator: keras.Model, constraint: keras.Model
) -> None:
    whole = generate(generator, constraint, "dcgan", start=0, count=2 * CHUNK + 7, seed=3)
    for start, count in ((0, 1), (13, CHUNK), (CHUNK - 1, 2), (2 * CHUNK, 7)):
        part = generate(generator, constraint, "dcgan", start=start, count=count, seed=3)
        wanted = slice(start, start + count)
        assert part.ids == whole.ids[wanted]
        np.testing.assert_array_equal(part.graphs, whole.graphs[wanted])
        assert part.predicted_formation_energy is not None
        assert whole.predicted_formation_energy is not None
        np.testing.assert_array_equal(part.predicted_formation_energy, whole.predicted_formation_energy[wanted])


def test_graphs_and_predictions_are_those_of_the_networks_in_inference_mode(
    generator: keras.Model, constraint: keras.Model
) -> None:
    sample = generate(generator, constraint, "ccdcgan", start=120, count=5, seed=3)
    assert sample.ids == [f"ccdcgan-{number:06d}" for number in range(120, 125)]
    assert sample.attributes == {"model": "ccdcgan", "seed": 3, "best_of": 1}
    latent = noise("ccdcgan", start=120, count=5, length=200, seed=3)
    graphs = generator.predict(latent, verbose=0)
    np.testing.assert_allclose(sample.graphs, graphs[..., 0], atol=1e-6)
    np.testing.assert_allclose(
        sample.predicted_formation_energy, constraint.predict(graphs, verbose=0)[:, 0], atol=1e-6
    )


def test_prediction_is_optional(generator: keras.Model) -> None:
    assert generate(generator, None, "dcgan", start=0, count=1, seed=0).predicted_formation_energy is None


def test_noise_is_standard_normal_and_never_repeats() -> None:
    draws = np.stack(
        [
            noise(model, start=start, count=20, length=200, seed=seed)
            for model in ("dcgan", "ccdcgan")
            for start in (0, 20)
            for seed in (0, 1)
        ]
    )
    assert stats.kstest(draws.ravel(), "norm").pvalue > 0.01
    rows = draws.reshape(-1, 200)
    correlations = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(correlations).max() < 0.4


def test_the_best_of_several_is_the_one_of_the_lowest_prediction(
    generator: keras.Model, constraint: keras.Model
) -> None:
    pool = generate(generator, constraint, "dcgan", start=0, count=7 * CHUNK, seed=3)
    assert pool.predicted_formation_energy is not None
    best = generate(generator, constraint, "dcgan", start=3, count=40, seed=3, best_of=7)
    assert best.ids == [f"dcgan-{number:06d}" for number in range(3, 43)]
    assert best.attributes["best_of"] == 7
    assert best.predicted_formation_energy is not None
    groups = pool.predicted_formation_energy.reshape(CHUNK, 7)
    np.testing.assert_array_equal(best.predicted_formation_energy, groups.min(axis=1)[3:43])
    chosen = 7 * np.arange(CHUNK) + groups.argmin(axis=1)
    np.testing.assert_array_equal(best.graphs, pool.graphs[chosen[3:43]])


def test_a_choice_needs_a_prediction(generator: keras.Model) -> None:
    with pytest.raises(ValueError, match="best_of 2 found, expected a constraint"):
        generate(generator, None, "dcgan", start=0, count=1, seed=0, best_of=2)


@pytest.mark.parametrize(("start", "count"), [(-1, 1), (0, 0)])
def test_refuses(generator: keras.Model, start: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"start {start} and count {count} found"):
        generate(generator, None, "dcgan", start=start, count=count, seed=0)


def test_noise_is_a_fraction_of_the_spread_and_leaves_the_padding_alone(constraint: keras.Model) -> None:
    random = np.random.default_rng(0)
    known = np.zeros((50, 8, 8), dtype=np.float32)
    known[:, :2] = random.normal(scale=0.1, size=(50, 2, 8))
    alike = np.full(50, 1 / 50)

    def draw(start: int, count: int, noise: float, best_of: int = 1) -> CrystalGraphs:
        return noisy_graphs(
            known, alike, constraint, "latents", start=start, count=count, noise=noise, seed=0, best_of=best_of
        )

    made = draw(0, 400, 0.5)
    assert made.ids[:2] == ["latents-000000", "latents-000001"]
    assert not made.graphs[:, 2:].any()
    nearest = np.abs(made.graphs[:, None] - known).max(axis=(2, 3)).argmin(axis=1)
    assert len(set(nearest)) > 40
    added = (made.graphs - known[nearest])[:, :2] / known.std(axis=0)[:2]
    assert added.std() == pytest.approx(0.5, abs=0.05)
    predicted = constraint.predict(made.graphs[..., None], verbose=0)[:, 0]
    np.testing.assert_allclose(made.predicted_formation_energy, predicted, atol=1e-6)
    # The same graph whatever the batch; without noise a graph of the set.
    np.testing.assert_array_equal(draw(7, 1, 0.5).graphs[0], made.graphs[7])
    assert all((known == graph).all(axis=(1, 2)).any() for graph in draw(0, 5, 0).graphs)
    # Of each five the one of the lowest prediction.
    best = draw(3, 20, 0.5, best_of=5)
    assert best.ids[0] == "latents-000003"
    lowest = 15 + 5 * np.arange(20) + predicted[15:115].reshape(20, 5).argmin(axis=1)
    np.testing.assert_array_equal(best.graphs, made.graphs[lowest])


def test_noisy_graphs_are_drawn_by_their_weights(constraint: keras.Model) -> None:
    known = np.zeros((3, 8, 8), dtype=np.float32)
    known[range(3), 0, range(3)] = 1
    weights = np.array([0.2, 0.0, 0.8])
    made = noisy_graphs(known, weights, constraint, "weighted_latents", start=0, count=500, noise=0, seed=0)
    assert made.ids[0] == "weighted_latents-000000"
    counts = made.graphs[:, 0, :3].sum(axis=0)
    assert counts[1] == 0
    assert counts[2] == pytest.approx(400, abs=40)
