"""Steps per second of the GAN training against the loop that the authors describe.

The published loop calls Keras four times a step: the generator's prediction, the discriminator on real graphs, on
generated ones, and generator and discriminator stacked. Run ``python tests/benchmarks/gan.py [batch size]``; the
last line is our rate over theirs.
"""

import sys
import time

import keras
import numpy as np
from numpy.typing import NDArray

from ccdcgan.config.gan import Gan
from ccdcgan.generators.gan import LATENT, train_gan
from ccdcgan.networks import convolutional
from ccdcgan.networks.training import configure

EDGE = 28
STEPS = 40
PER_CALL = 20
RATE = 2e-4


def ours(graphs: NDArray[np.float32], batch_size: int) -> float:
    """Steps per second, tracing taken off as the time of half the steps."""

    def seconds(steps: int) -> float:
        settings = Gan(
            steps=steps,
            batch_size=batch_size,
            learning_rate=RATE,
            steps_per_call=PER_CALL,
            weight=0.0,
            formation_energy_term="linear",
            network="convolutional",
            temperature=None,
        )
        start = time.perf_counter()
        train_gan(graphs, settings, constraint=None, seed=0, backup=None)
        return time.perf_counter() - start

    return STEPS / (seconds(STEPS + PER_CALL) - seconds(PER_CALL))


def published(graphs: NDArray[np.float32], batch_size: int) -> float:
    """Steps per second of the published loop on the same networks."""

    def adam() -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(RATE, beta_1=0.5)

    random = np.random.default_rng(0)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    generator, discriminator = convolutional.generator(EDGE, LATENT), convolutional.discriminator(EDGE)
    discriminator.compile(adam(), loss, jit_compile=False)
    stacked = keras.Sequential([generator, discriminator])
    stacked.compile(adam(), loss, jit_compile=False)
    ones, zeros = np.ones((batch_size, 1), "float32"), np.zeros((batch_size, 1), "float32")

    def step() -> None:
        noise = random.normal(size=(batch_size, LATENT)).astype("float32")
        real = graphs[random.integers(0, len(graphs), batch_size), ..., np.newaxis]
        generated = generator.predict(noise, verbose=0)
        discriminator.trainable = True
        discriminator.train_on_batch(real, ones)
        discriminator.train_on_batch(generated, zeros)
        discriminator.trainable = False
        stacked.train_on_batch(noise, ones)

    step()
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    return STEPS / (time.perf_counter() - start)


def main() -> None:
    """Print both rates and their ratio."""
    configure(seed=0, threads=1)
    batch_size = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    graphs = np.random.default_rng(0).uniform(-1, 1, size=(240, EDGE, EDGE)).astype("float32")
    rates = {"ours": ours(graphs, batch_size), "published": published(graphs, batch_size)}
    for name, rate in rates.items():
        print(f"{name}: {rate:.2f} steps/s of {batch_size} graphs")
    print(f"ratio: {rates['ours'] / rates['published']:.2f}")


if __name__ == "__main__":
    main()
