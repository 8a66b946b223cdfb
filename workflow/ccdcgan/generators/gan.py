"""DCGAN and CCDCGAN: a generator and a discriminator of 2D crystal graphs, trained against each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops
from numpy.typing import NDArray

from ccdcgan.config.gan import Gan
from ccdcgan.config.objectives import Objective
from ccdcgan.networks.convolutional import discriminator, generator, moments
from ccdcgan.networks.dense import dense_discriminator, dense_generator
from ccdcgan.networks.training import Plan, Trainer, fit

__all__ = ["LATENT", "train_gan"]

LATENT = 200
"""Length of the generator's input, normal noise (paper: 200)."""
REACH = 2.0
"""Standard deviations from its mean, over the training set, up to which a further property counts."""
RECORDS = 100
"""Largest number of rows in the history."""


def train_gan(
    graphs: NDArray[np.float32],
    settings: Gan,
    *,
    constraint: keras.Model | None,
    objectives: Sequence[tuple[Objective, keras.Model]] = (),
    weights: NDArray[np.float64] | None = None,
    seed: int,
    backup: Path | None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train a generator of crystal graphs: DCGAN (Eq. 1), or CCDCGAN (Eq. 2) if there is a constraint.

    Both networks descend at the same time, by one Adam (beta_1 0.5, beta_2 0.999, as published): the discriminator on
    its cross-entropy over real and generated graphs, the generator on that of passing for real. CCDCGAN adds
    ``weight * mean(E_f)`` of the generated graphs to the generator's. The constraint is frozen, dropout included.

    Parameters
    ----------
    graphs
        The real ones, shape (n, edge, edge), within [-1, 1].
    settings
        Of the training.
    constraint
        Predicts the formation energy in eV/atom from graphs of shape (n, edge, edge, 1); None trains DCGAN.
    objectives
        Further ones, each with the network that predicts its property from such graphs.
    weights
        How often each real graph is drawn, shape (n,), adding up to 1; None: all alike.
    seed
        Of initial weights and of every random draw.
    backup
        File to resume an interrupted training from; None for none.

    Returns
    -------
    generator : keras.Model
        Noise of shape (n, `LATENT`) to graphs of shape (n, edge, edge, 1).
    history : DataFrame
        Means over the steps since the row before: ``step, discriminator_loss, generator_loss`` (cross-entropies, in
        nats; log 2 each where the discriminator can only guess), ``discriminator_accuracy`` and, for CCDCGAN,
        ``formation_energy`` (predicted mean of the generated graphs, eV/atom) and the same of every objective.
    """
    keras.utils.set_random_seed(seed)
    trainer = Adversaries(
        *_networks(graphs, settings),
        graphs[..., np.newaxis],
        settings,
        constraint=constraint,
        objectives=objectives,
        weights=weights,
        seed=seed,
    )
    records = min(RECORDS, settings.steps // settings.steps_per_call)
    plan = Plan(settings.steps, settings.steps_per_call, records, settings.learning_rate, cosine=False, beta_1=0.5)
    return trainer.generator, fit(trainer, plan, backup=backup, identity=settings.model_dump_json())


def _networks(graphs: NDArray[np.float32], settings: Gan) -> tuple[keras.Model, keras.Model]:
    """Untrained generator and discriminator."""
    if settings.network == "dense":
        return dense_generator(graphs, LATENT), dense_discriminator(graphs)
    edge = graphs.shape[1]
    return generator(edge, LATENT), discriminator(edge)


class Adversaries(Trainer):
    """Generator and discriminator, trained by one backward pass over the sum of their losses.

    The losses share no gradient: the discriminator's sees the generated graphs as constants, the generator's sees the
    discriminator's weights as constants. So the sum moves each network along its own loss only, and the graphs need
    to be generated only once a step.

    The discriminator sees real and generated graphs in one batch and judges the generator in inference mode, so that
    both are normalised by the same statistics. Of the ways tried on 240 synthetic graphs, one seed each, this one came
    nearest to the real ones and to their zero padding; batches of their own, as published, came less near (nearest real
    graph at a distance of 6 against 13 to 18; real ones lie 5 apart). It covers fewer of them, though.

    Parameters
    ----------
    generator, discriminator
        The networks; the discriminator gives logits.
    graphs
        Shape (n, edge, edge, 1).
    settings
        Of the training.
    constraint
        Graphs to formation energies in eV/atom, neither trained nor saved with the trainer; None for DCGAN.
    objectives
        Further ones and their networks, which stay as they are like the constraint.
    weights
        How often each real graph is drawn, shape (n,), adding up to 1; None: all alike.
    seed
        Of the random draws.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        graphs: NDArray[np.float32],
        settings: Gan,
        *,
        constraint: keras.Model | None,
        objectives: Sequence[tuple[Objective, keras.Model]] = (),
        weights: NDArray[np.float64] | None = None,
        seed: int,
    ) -> None:
        tracked = ["discriminator_loss", "generator_loss", "discriminator_accuracy"]
        tracked += [] if constraint is None else ["formation_energy"]
        super().__init__(seed, (*tracked, *(objective.property for objective, _ in objectives)))
        self.generator = generator
        self.discriminator = discriminator
        self.graphs = ops.convert_to_tensor(graphs)
        self.settings = settings
        # Upper ends of the graphs' shares of [0, 1), for a uniform draw to fall into.
        self.shares = None if weights is None else ops.convert_to_tensor(_shares(weights))
        # Keras would take a network among the attributes for one of the trainer's own; a function it leaves alone.
        self.formation_energy = None if constraint is None else partial(_frozen, constraint)
        self.objectives = tuple(
            (objective, partial(_frozen, network), *moments(network)) for objective, network in objectives
        )

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Sum of both losses on a fresh batch."""
        size = self.settings.batch_size
        noise = keras.random.normal((size, LATENT), seed=self.random)
        generated = self.generator(noise, training=True)
        return self.discriminator_loss(self.real(size), generated) + self.generator_loss(generated)

    def real(self, size: int) -> Any:
        """A batch of real graphs, shape ``(size, edge, edge, 1)``, drawn with repetition."""
        if self.shares is None:
            return self.draw(size, self.graphs)[0]
        places = keras.random.uniform((size,), seed=self.random)
        return ops.take(self.graphs, ops.searchsorted(self.shares, places, side="right"), axis=0)

    def discriminator_loss(self, real: Any, generated: Any) -> Any:
        """Eq. 1: mean cross-entropy of telling real from generated graphs, which are constants here."""
        logits = self.discriminator(ops.concatenate([real, ops.stop_gradient(generated)]), training=True)
        margins = ops.concatenate([logits[: real.shape[0]], -logits[real.shape[0] :]])  # positive where it is right
        loss = ops.mean(ops.softplus(-margins))
        self.track(discriminator_loss=loss, discriminator_accuracy=ops.mean(ops.cast(margins > 0, "float32")))
        return loss

    def generator_loss(self, generated: Any) -> Any:
        """Eq. 2: cross-entropy of passing for real, and the formation energy; all weights but the generator's constant.

        Each further objective adds the mean of its property, of the opposite or of the squared distance from its goal,
        in units of the property's standard deviation over the training set. A property to minimise or maximise counts
        up to `REACH` of these from its mean: a network says nothing of graphs beyond those that it learnt from, and the
        generator would follow it there (without this bound and at weight 1, not one of 200 graphs was a crystal's).

        The cross-entropy -log D stands for the E[D] of Eqs. 1 and 2, as in the authors' code; their common factor 1/2
        is left out.
        """
        logits = _frozen(self.discriminator, generated)
        loss = ops.mean(ops.softplus(-logits))
        self.track(generator_loss=loss)
        if self.formation_energy is not None:
            energy = self.formation_energy(generated)
            self.track(formation_energy=ops.mean(energy))
            term = energy if self.settings.formation_energy_term == "linear" else ops.exp(energy)
            loss = loss + self.settings.weight * ops.mean(term)
        for objective, predict, mean, unit in self.objectives:
            value = predict(generated)
            self.track(**{objective.property: ops.mean(value)})
            match objective.goal:
                case "minimise":
                    term = ops.maximum((value - mean) / unit, -REACH)
                case "maximise":
                    term = ops.maximum((mean - value) / unit, -REACH)
                case goal:
                    term = ops.square((value - goal) / unit)
            loss = loss + objective.weight * ops.mean(term)
        return loss


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    ends = np.cumsum(weights).astype(np.float32)
    ends[-1:] = 1
    return ends


def _frozen(network: keras.Model, inputs: Any) -> Any:
    """Output of a network in inference mode, differentiable by the inputs alone."""
    weights = [ops.stop_gradient(weight) for weight in network.trainable_variables]
    outputs, _ = network.stateless_call(weights, network.non_trainable_variables, inputs, training=False)
    return outputs
