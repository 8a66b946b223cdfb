import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

from ccdcgan.networks.flow import Flow
from ccdcgan.networks.saving import load
from tests.networks.graphs import real_graphs

CONDITIONS = pd.DataFrame({"energy_above_hull": np.linspace(0, 1, 20), "n_atoms": [2.0, np.nan] * 10})


def flow(conditions: pd.DataFrame = CONDITIONS) -> Flow:
    keras.utils.set_random_seed(0)
    return Flow.of(real_graphs(), conditions, width=16, blocks=2)


def moving(conditions: pd.DataFrame = CONDITIONS) -> Flow:
    """A flow whose velocity is not zero, and depends on everything."""
    made, random = flow(conditions), np.random.default_rng(0)
    for weight in made.trainable_variables:
        weight.assign(random.normal(0, 0.3, weight.shape))
    return made


def noise(made: Flow, count: int = 7) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((count, len(made.places))).astype(np.float32)


def test_graphs_and_points_are_each_others_inverse() -> None:
    made, graphs = flow(), real_graphs()
    points = made.points(graphs)
    assert points.shape == (20, 28 * 14)  # the padding is no part of them
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(points.std(axis=0), 1, atol=1e-4)
    np.testing.assert_allclose(made.graphs(points), graphs, atol=1e-5)


def test_graphs_stay_within_their_range() -> None:
    made = flow()
    assert np.abs(made.graphs(1000 * noise(made))).max() == 1


def test_a_condition_is_a_value_and_whether_it_is_known() -> None:
    told = flow().told(np.array([[0.5, 2.0], [1.0, np.nan], [np.nan, np.nan]]))
    np.testing.assert_allclose(told[0], [0, 0, 1, 1], atol=1e-6)
    np.testing.assert_allclose(told[1], [0.5 / CONDITIONS["energy_above_hull"].std(ddof=0), 0, 1, 0], atol=1e-6)
    np.testing.assert_array_equal(told[2], 0)


def test_before_the_training_noise_stays_where_it_is() -> None:
    made = flow()
    start = noise(made)
    np.testing.assert_allclose(made.sample(start, {"n_atoms": 2}, guidance=1, steps=3), made.graphs(start), atol=1e-6)


def test_the_steps_are_those_of_euler() -> None:
    made = moving()
    start = noise(made)
    told = made.told(np.array([[0.1, np.nan]] * len(start)))
    points = start
    for time in (0.0, 0.5):
        with_it, without = (
            ops.convert_to_numpy(made([points, np.full((len(start), 1), time, np.float32), given], training=False))
            for given in (told, np.zeros_like(told))
        )
        points = points + (1.5 * with_it - 0.5 * without) / 2
    expected = made.graphs(points)
    np.testing.assert_allclose(
        made.sample(start, {"energy_above_hull": 0.1}, guidance=0.5, steps=2), expected, atol=1e-4
    )


def test_time_and_every_condition_count() -> None:
    made = moving()
    start = noise(made)
    sampled = [
        made.sample(start, asked, guidance=0, steps=2)
        for asked in ({}, {"n_atoms": 2}, {"n_atoms": 4}, {"energy_above_hull": 0.0})
    ]
    for number, one in enumerate(sampled):
        assert all(np.abs(one - other).max() > 1e-3 for other in sampled[:number])
    told = np.zeros((len(start), 4), np.float32)
    early, late = (ops.convert_to_numpy(made([start, np.full((7, 1), t, np.float32), told])) for t in (0.0, 0.9))
    assert np.abs(early - late).max() > 1e-3


def test_one_that_is_told_nothing_can_only_be_asked_for_nothing() -> None:
    made = moving(CONDITIONS[[]])
    assert made.sample(noise(made), {}, guidance=1, steps=2).shape == (7, 28, 28)
    with pytest.raises(ValueError, match="asked for n_atoms, expected one of nothing"):
        made.sample(noise(made), {"n_atoms": 2}, guidance=0, steps=1)


def test_a_file_holds_all_of_it(tmp_path) -> None:
    made = moving()
    made.save(tmp_path / "flow.keras")
    read = load(tmp_path / "flow.keras")
    assert read.conditions == ("energy_above_hull", "n_atoms")
    asked = {"energy_above_hull": 0.2}
    np.testing.assert_array_equal(
        read.sample(noise(made), asked, guidance=0.5, steps=3), made.sample(noise(made), asked, guidance=0.5, steps=3)
    )


def test_graphs_that_are_all_equal_teach_nothing() -> None:
    with pytest.raises(ValueError, match="3 crystal graphs found without a difference"):
        Flow.of(np.zeros((3, 8, 8), np.float32), pd.DataFrame(index=range(3)), width=8, blocks=1)


def test_the_large_one_has_as_many_parameters_as_the_configuration_says() -> None:
    graphs = np.random.default_rng(0).normal(size=(3, 28, 28)).astype(np.float32)
    graphs.reshape(3, -1)[:, 425:] = 0
    made = Flow.of(graphs, CONDITIONS.head(3), width=1024, blocks=6)
    assert sum(int(np.prod(weight.shape)) for weight in made.trainable_variables) == pytest.approx(44e6, rel=0.15)
