import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops
from numpy.typing import NDArray

from ccdcgan.config.gan import Gan
from ccdcgan.config.objectives import Objective
from ccdcgan.generators import gan
from ccdcgan.generators.gan import LATENT, Adversaries, train_gan
from ccdcgan.networks import convolutional
from ccdcgan.networks.training import GRAPH_OPTIONS, Plan, fit

EDGE = 8
SETTINGS = Gan(
    steps=20,
    batch_size=8,
    learning_rate=0.001,
    steps_per_call=5,
    weight=0.1,
    formation_energy_term="linear",
    network="convolutional",
    temperature=None,
)


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


def graphs(count: int = 30) -> NDArray[np.float32]:
    """One pattern with a little noise in the upper half, zeros as padding in the lower one."""
    random = np.random.default_rng(0)
    pattern = np.where(random.random((EDGE, EDGE)) < 0.5, -0.5, 0.5) + random.normal(0, 0.1, (count, EDGE, EDGE))
    pattern[:, EDGE // 2 :] = 0
    return pattern.astype(np.float32)


def sample(generator: keras.Model, count: int = 64, **kwargs: bool) -> NDArray[np.float32]:
    noise = np.random.default_rng(1).normal(size=(count, LATENT)).astype(np.float32)
    array: NDArray[np.float32] = ops.convert_to_numpy(generator(noise, **kwargs))[..., 0]
    return array


def values(network: keras.Model) -> list[NDArray[np.float32]]:
    return [ops.convert_to_numpy(weight) for weight in network.weights]


def distance(first: keras.Model, second: keras.Model) -> float:
    """Largest difference between the trainable weights of two networks of the same shape."""
    pairs = zip(first.trainable_variables, second.trainable_variables, strict=True)
    return max(np.abs(ops.convert_to_numpy(one) - ops.convert_to_numpy(two)).max() for one, two in pairs)


def mean_graph() -> keras.Model:
    """A constraint whose formation energy is the mean of the graph, in eV/atom."""
    return keras.Sequential([keras.Input((EDGE, EDGE, 1)), keras.layers.GlobalAveragePooling2D()])


def adversaries(
    settings: Gan = SETTINGS,
    constraint: keras.Model | None = None,
    objectives: Sequence[tuple[Objective, keras.Model]] = (),
) -> Adversaries:
    keras.utils.set_random_seed(0)
    return Adversaries(
        convolutional.generator(EDGE),
        convolutional.discriminator(EDGE),
        graphs()[..., np.newaxis],
        settings,
        constraint=constraint,
        objectives=objectives,
        seed=0,
    )


class Descent(Plan):
    def optimizer(self) -> keras.optimizers.Optimizer:
        return keras.optimizers.SGD(self.learning_rate)


DESCENT = Descent(steps=1, steps_per_call=1, records=1, learning_rate=0.1, cosine=False)
"""One step of plain gradient descent."""


def one_step(silence: str | None) -> tuple[Adversaries, Adversaries]:
    """Adversaries before and after one step of plain gradient descent, one of the losses times zero."""
    before, after = adversaries(), adversaries()
    if silence:
        loss = getattr(after, silence)
        setattr(after, silence, lambda *args: 0.0 * loss(*args))
    fit(after, DESCENT)
    return before, after


def test_each_network_follows_its_own_loss_alone() -> None:
    start, both = one_step(None)
    _, without_generator_loss = one_step("generator_loss")
    _, without_discriminator_loss = one_step("discriminator_loss")
    assert distance(both.generator, start.generator) > 1e-5
    assert distance(both.discriminator, start.discriminator) > 1e-5
    assert distance(both.discriminator, without_generator_loss.discriminator) == 0
    assert distance(without_generator_loss.generator, start.generator) == 0
    assert distance(both.generator, without_discriminator_loss.generator) < 1e-6
    assert distance(without_discriminator_loss.discriminator, start.discriminator) == 0


def test_the_generator_loss_leaves_the_state_of_the_discriminator_alone() -> None:
    trainer = adversaries()
    before = values(trainer.discriminator)
    trainer.generator_loss(ops.convert_to_tensor(sample(trainer.generator)[..., np.newaxis]))
    for one, two in zip(before, values(trainer.discriminator), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("term", ["linear", "exponential"])
def test_losses_are_those_of_keras(term: str) -> None:
    settings = SETTINGS.model_copy(update={"formation_energy_term": term, "weight": 0.3})
    trainer = adversaries(settings, mean_graph())
    trainer.discriminator = keras.Sequential(  # without dropout and batch normalisation, so that it can be asked twice
        [keras.Input((EDGE, EDGE, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    fakes = sample(trainer.generator, 8)[..., np.newaxis]
    real, generated = ops.convert_to_tensor(graphs(8)[..., np.newaxis]), ops.convert_to_tensor(fakes)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    ones, zeros = np.ones((8, 1)), np.zeros((8, 1))
    logits = trainer.discriminator(real), trainer.discriminator(generated)
    halves = float(cross_entropy(ones, logits[0])), float(cross_entropy(zeros, logits[1]))
    assert float(trainer.discriminator_loss(real, generated)) == pytest.approx(sum(halves) / 2, rel=1e-5)
    energy = fakes.mean(axis=(1, 2, 3))
    penalty = 0.3 * (energy if term == "linear" else np.exp(energy)).mean()
    adversarial = float(cross_entropy(ones, logits[1]))
    assert float(trainer.generator_loss(generated)) == pytest.approx(adversarial + penalty, rel=1e-5)
    means = {name: float(mean.result()) for name, mean in trainer.means.items()}
    right = np.concatenate([ops.convert_to_numpy(logits[0]) > 0, ops.convert_to_numpy(logits[1]) < 0])
    assert means == {
        "discriminator_loss": pytest.approx(sum(halves) / 2, rel=1e-5),
        "generator_loss": pytest.approx(adversarial, rel=1e-5),
        "discriminator_accuracy": pytest.approx(right.mean()),
        "formation_energy": pytest.approx(energy.mean(), rel=1e-4),
    }


def test_learns_the_pattern_and_its_padding() -> None:
    settings = SETTINGS.model_copy(update={"steps": 400, "steps_per_call": 50})
    generator, history = train_gan(graphs(), settings, constraint=None, seed=0, backup=None)
    assert np.isfinite(history.to_numpy()).all()
    generated, real = sample(generator, training=False), graphs()
    assert np.abs(generated[:, EDGE // 2 :]).mean() < 0.05
    assert np.corrcoef(generated.mean(axis=0).ravel(), real.mean(axis=0).ravel())[0, 1] > 0.9
    assert np.abs(generated - sample(generator, training=True)).mean() < 0.05  # running means are those of the batches


def test_dense_networks_learn_the_pattern_too() -> None:
    settings = SETTINGS.model_copy(update={"steps": 400, "steps_per_call": 50, "network": "dense"})
    generator, history = train_gan(graphs(), settings, constraint=None, seed=0, backup=None)
    assert np.isfinite(history.to_numpy()).all()
    generated, real = sample(generator, training=False), graphs()
    assert np.abs(generated[:, EDGE // 2 :]).max() < 1e-5
    # The pattern is in the layer that sets the units; what has to be learnt is how far graphs are from it.
    spread = generated[:, : EDGE // 2].std(axis=0).mean() / real[:, : EDGE // 2].std(axis=0).mean()
    assert 0.5 < spread < 1.5


def test_real_graphs_are_drawn_by_their_weights() -> None:
    rows = np.arange(4, dtype=np.float32)[:, None, None] * np.ones((4, EDGE, EDGE), dtype=np.float32)
    weights = np.array([0.1, 0.0, 0.6, 0.3])
    trainer = adversaries()
    weighted = Adversaries(
        trainer.generator,
        trainer.discriminator,
        rows[..., np.newaxis],
        SETTINGS,
        constraint=None,
        weights=weights,
        seed=0,
    )
    drawn = ops.convert_to_numpy(weighted.real(4000))[:, 0, 0, 0]
    np.testing.assert_allclose(np.bincount(drawn.astype(int), minlength=4) / 4000, weights, atol=0.03)
    assert not (drawn == 1).any()


def test_constraint_lowers_the_formation_energy() -> None:
    lowest = {}
    for weight in (0.0, 10.0):
        settings = SETTINGS.model_copy(update={"weight": weight, "steps": 60, "steps_per_call": 60})
        generator, _ = train_gan(graphs(), settings, constraint=mean_graph(), seed=0, backup=None)
        lowest[weight] = sample(generator, training=False).mean()
    assert lowest[10.0] < lowest[0.0] - 0.1


def property_network(unit: float = 2.0, mean: float = 0.0) -> keras.Model:
    """A property that is the mean of the graph in a unit of its own, as a network trained on it would end."""
    model = mean_graph()
    model.add(keras.layers.Rescaling(unit, offset=mean))
    return model


@pytest.mark.parametrize(
    ("goal", "term"),
    [
        ("minimise", lambda value: (value - 5) / 2),
        ("maximise", lambda value: (5 - value) / 2),
        (0.5, lambda value: (value / 2 - 0.25) ** 2),
    ],
)
def test_an_objective_counts_in_units_of_its_spread(
    goal: str | float, term: Callable[[float], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gan, "REACH", 10.0)
    objective = Objective(property="volume_per_atom", weight=0.7, goal=goal)
    plain, led = adversaries(), adversaries(objectives=[(objective, property_network(mean=5.0))])
    generated = ops.convert_to_tensor(sample(plain.generator, 8)[..., np.newaxis])
    difference = float(led.generator_loss(generated)) - float(plain.generator_loss(generated))
    values = 5 + 2 * ops.convert_to_numpy(generated).mean(axis=(1, 2, 3))
    assert difference == pytest.approx(0.7 * np.mean([term(value) for value in values]), abs=1e-6)
    assert float(led.means["volume_per_atom"].result()) == pytest.approx(values.mean(), abs=1e-6)


@pytest.mark.parametrize(("goal", "value"), [("minimise", -7.0), ("maximise", 7.0)])
def test_an_objective_leads_no_further_than_its_reach(goal: str, value: float) -> None:
    objective = Objective(property="volume_per_atom", weight=0.7, goal=goal)
    plain, led = adversaries(), adversaries(objectives=[(objective, property_network())])
    beyond, inside = (np.full((8, EDGE, EDGE, 1), mean, dtype=np.float32) for mean in (value, value / 10))
    terms = [float(led.generator_loss(made) - plain.generator_loss(made)) for made in (beyond, inside)]
    assert terms == pytest.approx([-0.7 * 2, -0.7 * 0.7], abs=1e-5)


def test_objectives_lead_the_generator_up_and_down() -> None:
    reached = {}
    for goal in ("minimise", "maximise"):
        objective = Objective(property="density", weight=10.0, goal=goal)
        settings = SETTINGS.model_copy(update={"steps": 60, "steps_per_call": 60})
        generator, history = train_gan(
            graphs(), settings, constraint=None, objectives=[(objective, property_network(0.1))], seed=0, backup=None
        )
        assert list(history.columns)[-1] == "density"
        reached[goal] = 0.1 * sample(generator, training=False).mean()
    assert reached["minimise"] < reached["maximise"] - 0.01


def test_constraint_is_neither_trained_nor_kept() -> None:
    constraint = convolutional.constraint(EDGE)
    before = values(constraint)
    trainer = adversaries(constraint=constraint)
    assert not {id(weight) for weight in constraint.weights} & {id(weight) for weight in trainer.weights}
    fit(trainer, DESCENT)
    for one, two in zip(before, values(constraint), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.fixture(scope="module")
def dcgan() -> tuple[keras.Model, pd.DataFrame]:
    return train_gan(graphs(), SETTINGS, constraint=None, seed=0, backup=None)


def test_ccdcgan_of_no_weight_is_dcgan(dcgan: tuple[keras.Model, pd.DataFrame]) -> None:
    settings = SETTINGS.model_copy(update={"weight": 0.0})
    weightless, history = train_gan(graphs(), settings, constraint=convolutional.constraint(EDGE), seed=0, backup=None)
    assert distance(weightless, dcgan[0]) < 1e-6
    columns = ["step", "discriminator_loss", "generator_loss", "discriminator_accuracy"]
    assert list(dcgan[1].columns) == columns
    assert list(history.columns) == [*columns, "formation_energy"]
    assert history["step"].tolist() == [5, 10, 15, 20]


def test_seed_decides(dcgan: tuple[keras.Model, pd.DataFrame]) -> None:
    other, _ = train_gan(graphs(), SETTINGS, constraint=None, seed=1, backup=None)
    assert distance(other, dcgan[0]) > 0


@pytest.mark.parametrize("network", ["convolutional", "dense"])
def test_resumed_training_equals_an_undisturbed_one(
    network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SETTINGS.model_copy(update={"network": network})
    weights = np.linspace(0, 1, 30) / 15
    expected, history = train_gan(graphs(), settings, constraint=None, weights=weights, seed=0, backup=None)
    undisturbed = keras.Model.fit

    def interrupted(trainer: Adversaries, *args: object, **kwargs: object) -> object:
        if int(trainer.step) == 10:
            raise KeyboardInterrupt
        return undisturbed(trainer, *args, **kwargs)

    backup = tmp_path / "backup"
    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_gan(graphs(), settings, constraint=None, weights=weights, seed=0, backup=backup)
    assert backup.exists()
    generator, resumed = train_gan(graphs(), settings, constraint=None, weights=weights, seed=0, backup=backup)
    assert distance(generator, expected) == 0
    pd.testing.assert_frame_equal(resumed, history)
    assert not backup.exists()


def test_three_elements_have_a_larger_graph(tmp_path: Path) -> None:
    larger = np.zeros((4, 32, 32), dtype=np.float32)
    settings = SETTINGS.model_copy(update={"steps": 1, "steps_per_call": 1, "batch_size": 2})
    generator, _ = train_gan(larger, settings, constraint=None, seed=0, backup=None)
    assert sample(generator, 2).shape == (2, 32, 32)
    generator.save(tmp_path / "generator.keras")
    np.testing.assert_array_equal(
        sample(keras.saving.load_model(tmp_path / "generator.keras"), 2), sample(generator, 2)
    )


def test_on_torch_as_well() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    chosen = [
        "-k",
        "its_own_loss or of_keras or state_of_the_discriminator or no_weight or dense_networks or by_their_weights",
    ]
    run = subprocess.run(
        [*command, *chosen],
        env=os.environ | {"KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "7 passed" in run.stdout
