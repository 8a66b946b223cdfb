import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops
from numpy.typing import NDArray

from ccdcgan.config.flow import Flow as Settings
from ccdcgan.generators.flow import FlowMatching, Sampler, load_flow, train_flow
from ccdcgan.generators.generation import CHUNK, generate
from ccdcgan.networks.flow import Flow
from ccdcgan.networks.training import GRAPH_OPTIONS

EDGE = 4
SETTINGS = Settings(
    width=48,
    blocks=2,
    steps=500,
    batch_size=128,
    learning_rate=0.003,
    conditions=["side", "height"],
    condition_dropout=0.15,
    variants=1,
    temperature=None,
    ask=[],
    guidance=0.0,
    sampling_steps=40,
)
SHORT = SETTINGS.model_copy(update={"steps": 20, "width": 16, "blocks": 1, "batch_size": 8})
SHARE = 0.3
"""Of the right one of two heaps."""
CENTRES, WIDTH, HEIGHT = (-0.3, 0.5), 0.05, 0.2


@pytest.fixture(scope="module", autouse=True)
def _graphs_as_in_the_workflow() -> Iterator[None]:
    """Without the passes that make trainings differ from each other; the rest of `configure` would stay for good."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options(GRAPH_OPTIONS)
    yield
    tf.config.optimizer.set_experimental_options(dict.fromkeys(GRAPH_OPTIONS, True))


def mixture(count: int = 2000) -> tuple[NDArray[np.float32], pd.DataFrame]:
    """Graphs of which two values vary, on two heaps: a mixture of two Gaussians whose moments are known."""
    random = np.random.default_rng(0)
    right = random.random(count) < SHARE
    graphs = np.zeros((count, EDGE, EDGE), np.float32)
    graphs[:, 0, 0] = np.where(right, CENTRES[1], CENTRES[0]) + random.normal(0, WIDTH, count)
    graphs[:, 1, 1] = random.normal(0, HEIGHT, count)
    graphs[:, 3, 3] = 0.25
    return graphs, pd.DataFrame({"side": right.astype(float), "height": graphs[:, 1, 1]})


def train(settings: Settings = SHORT, seed: int = 0, **options: object) -> tuple[Flow, pd.DataFrame]:
    graphs, conditions = mixture()
    training = np.arange(len(graphs)) < 1800
    return train_flow(graphs, conditions, training, settings, seed=seed, **{"backup": None, **options})


def distance(first: Flow, second: Flow) -> float:
    pairs = zip(first.weights, second.weights, strict=True)
    return max(np.abs(ops.convert_to_numpy(one) - ops.convert_to_numpy(two)).max() for one, two in pairs)


@pytest.fixture(scope="module")
def trained() -> tuple[Flow, pd.DataFrame]:
    return train(SETTINGS)


def sampled(flow: Flow, asked: dict[str, float], guidance: float = 0.0) -> NDArray[np.float32]:
    """The two values of 2,000 samples, shape (2000, 2)."""
    noise = np.random.default_rng(1).standard_normal((2000, 2)).astype(np.float32)
    graphs = flow.sample(noise, asked, guidance=guidance, steps=40)
    np.testing.assert_allclose(graphs[:, 3, 3], 0.25, atol=1e-6)  # what never varies stays as it is
    assert not graphs[:, 2].any()
    return graphs[:, [0, 1], [0, 1]]


def test_asked_for_nothing_the_samples_have_the_moments_of_the_mixture(trained) -> None:
    values = sampled(trained[0], {})
    low, high = CENTRES
    mean = (1 - SHARE) * low + SHARE * high
    spread = np.sqrt(WIDTH**2 + SHARE * (1 - SHARE) * (high - low) ** 2)
    np.testing.assert_allclose(values.mean(axis=0), [mean, 0], atol=0.05)
    np.testing.assert_allclose(values.std(axis=0), [spread, HEIGHT], rtol=0.15)
    assert abs(np.corrcoef(values.T)[0, 1]) < 0.1
    between = (np.abs(values[:, 0] - np.mean(CENTRES)) < 0.1).mean()
    assert between < 0.05  # and lie on two heaps


@pytest.mark.parametrize("side", [0, 1])
def test_asked_for_a_heap_the_samples_lie_on_it(trained, side: int) -> None:
    values = sampled(trained[0], {"side": float(side)})
    np.testing.assert_allclose(values.mean(axis=0), [CENTRES[side], 0], atol=0.06)
    assert values[:, 1].std() > HEIGHT / 2
    assert ((values[:, 0] > np.mean(CENTRES)) == side).mean() > 0.95


@pytest.mark.parametrize("height", [-0.3, 0.1, 0.3])
def test_the_conditional_mean_follows_the_condition(trained, height: float) -> None:
    values = sampled(trained[0], {"height": height})
    assert values[:, 1].mean() == pytest.approx(height, abs=0.05)
    assert values[:, 1].std() < HEIGHT / 2
    assert (values[:, 0] > np.mean(CENTRES)).mean() == pytest.approx(SHARE, abs=0.12)  # the other one is not touched


def test_conditions_count_together(trained) -> None:
    values = sampled(trained[0], {"height": -0.2, "side": 1.0})
    np.testing.assert_allclose(values.mean(axis=0), [CENTRES[1], -0.2], atol=0.06)


def test_guidance_narrows(trained) -> None:
    assert (
        sampled(trained[0], {"height": 0.2}, guidance=2.0)[:, 1].std()
        < sampled(trained[0], {"height": 0.2})[:, 1].std()
    )


def test_the_history_holds_both_sides(trained) -> None:
    history = trained[1]
    assert list(history.columns) == ["step", "loss", "train_loss", "held_out_loss"]
    assert history["step"].iloc[-1] == SETTINGS.steps
    assert len(history) == 50
    first, last = history.iloc[0], history.iloc[-1]
    assert first["loss"] == pytest.approx(2, rel=0.15)
    assert last["train_loss"] < 0.5 * first["train_loss"]
    assert last["held_out_loss"] < 0.5 * first["held_out_loss"]


def test_nothing_needs_to_be_held_out_or_told() -> None:
    graphs, conditions = mixture(50)
    settings = SHORT.model_copy(update={"conditions": []})
    flow, history = train_flow(graphs, conditions[[]], np.ones(50, bool), settings, seed=0, backup=None)
    assert history["held_out_loss"].isna().all()
    assert np.isfinite(history["train_loss"]).all()
    assert flow.conditions == ()
    with pytest.raises(ValueError, match="0 crystal graphs found"):
        train_flow(graphs, conditions, np.zeros(50, bool), SHORT, seed=0, backup=None)


def test_graphs_are_drawn_by_their_weights() -> None:
    conditions = mixture()[1]
    weights = np.where(conditions["side"] == 1, 1.0, 0.0)
    flow, _ = train(SETTINGS.model_copy(update={"steps": 300}), weights=weights / weights.sum())
    assert (sampled(flow, {})[:, 0] > np.mean(CENTRES)).mean() > 0.95


def test_conditions_are_hidden_one_by_one_and_all_at_once() -> None:
    graphs, conditions = mixture(50)
    flow = Flow.of(graphs, conditions, width=8, blocks=1)
    arrays = flow.points(graphs), flow.told(conditions.to_numpy())
    told = np.ones((4000, 4), np.float32)
    for dropout in (0.15, 1.0):
        settings = SHORT.model_copy(update={"condition_dropout": dropout})
        trainer = FlowMatching(flow, *arrays, settings, np.ones(50), seed=0)
        hidden = ops.convert_to_numpy(trainer.hidden(ops.convert_to_tensor(told)))
        np.testing.assert_array_equal(hidden[:, :2], hidden[:, 2:])  # a value goes with its mark
        shares = [(hidden[:, :2].sum(axis=1) == count).mean() for count in (0, 1, 2)]
        # Of u uniform: no condition (1 - u)^2, one 2 u (1 - u), both u^2: a third each.
        left = (1 - dropout) / 3
        np.testing.assert_allclose(shares, [dropout + left, left, left], atol=0.03)


def test_the_average_is_one_of_all_weights_at_first() -> None:
    graphs, conditions = mixture(50)
    flow = Flow.of(graphs, conditions, width=8, blocks=1)
    settings = SHORT.model_copy(update={"steps": 10_000})
    trainer = FlowMatching(flow, flow.points(graphs), flow.told(conditions.to_numpy()), settings, np.ones(50), seed=0)
    kernel, average = flow.trainable_variables[0], trainer.average.trainable_variables or trainer.average.weights
    place = next(number for number, pair in enumerate(trainer.pairs) if pair[1] is kernel)
    seen = []
    for step in range(1, 5):
        kernel.assign(np.full(kernel.shape, float(step)))
        trainer.step.assign(step)
        trainer.compute_loss()
        seen.append(float(np.mean(ops.convert_to_numpy(trainer.pairs[place][0]))))
    assert average
    assert seen == pytest.approx([1.0, 1.5, 2.0, 2.5], rel=1e-5)
    assert not {id(weight) for weight in trainer.average.weights} & {id(weight) for weight in trainer.trainable_weights}


def test_seed_decides() -> None:
    first, again, other = (train(seed=seed)[0] for seed in (0, 0, 1))
    assert distance(first, again) == 0
    assert distance(first, other) > 0


def test_resumed_training_equals_an_undisturbed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, history = train()
    undisturbed = keras.Model.fit

    def interrupted(trainer: FlowMatching, *args: object, **kwargs: object) -> object:
        if int(trainer.step) == 10:
            raise KeyboardInterrupt
        return undisturbed(trainer, *args, **kwargs)

    backup = tmp_path / "backup"
    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(backup=backup)
    assert backup.exists()
    # What is asked for later is no part of the training.
    flow, resumed = train(SHORT.model_copy(update={"ask": ["height=0"], "guidance": 1.0}), backup=backup)
    assert distance(flow, expected) == 0
    pd.testing.assert_frame_equal(resumed, history)
    assert not backup.exists()


def test_a_sampler_is_a_generator_like_any_other(tmp_path: Path) -> None:
    train()[0].save(tmp_path / "flow.keras")
    sampler = Sampler(load_flow(tmp_path / "flow.keras"), {"height": 0.1}, guidance=0.5, steps=3)
    whole = generate(sampler, None, "flow", start=0, count=CHUNK + 7, seed=3)
    assert whole.graphs.shape == (CHUNK + 7, EDGE, EDGE)
    assert whole.ids[0] == "flow-000000"
    part = generate(sampler, None, "flow", start=CHUNK - 1, count=2, seed=3)
    np.testing.assert_array_equal(part.graphs, whole.graphs[CHUNK - 1 : CHUNK + 1])


def test_no_other_network_is_taken_for_a_flow(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="found a Sequential, expected a flow"):
        load_flow(tmp_path / "other.keras")


def test_on_torch_as_well() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            __file__,
            "-k",
            "moments or together or resumed",
        ],
        env=os.environ | {"KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 passed" in run.stdout
