"""Sampling of crystal graphs, from a trained generator or around known ones, the same whatever the batches."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from ccdcgan.representation.crystal_graphs import CrystalGraphs

__all__ = ["generate", "noise", "noisy_graphs"]

CHUNK = 50
"""Graphs in one call of the networks."""


def generate(
    generator: keras.Model,
    constraint: keras.Model | None,
    model: str,
    *,
    start: int,
    count: int,
    seed: int,
    best_of: int = 1,
) -> CrystalGraphs:
    """Sample crystal graphs number ``start`` to ``start + count - 1`` of a model.

    Graph number i depends on the networks, the seed, the name of the model, ``best_of`` and i alone, to the last bit:
    the networks always see whole chunks of `CHUNK` draws.

    Parameters
    ----------
    generator
        Noise of shape (n, z) to graphs of shape (n, edge, edge, 1).
    constraint
        Graphs of that shape to formation energies, shape (n, 1), in eV/atom; None for no prediction.
    model
        Name of the model, the first part of every id.
    start
        Number of the first graph, from 0 on.
    count
        How many graphs.
    seed
        Of the noise.
    best_of
        Graphs that are drawn for each one that is kept, the one whose predicted formation energy is lowest.

    Returns
    -------
    CrystalGraphs
        Ids such as ``dcgan-000123``; the attributes name model, seed and ``best_of``.

    Raises
    ------
    ValueError
        If ``start`` is negative or ``count`` not positive, or a choice is wanted and nothing predicts.
    """
    if start < 0 or count < 1:
        raise ValueError(f"start {start} and count {count} found, expected start >= 0 and count >= 1.")
    if best_of > 1 and constraint is None:
        raise ValueError(f"best_of {best_of} found, expected a constraint to choose by.")
    drawn = range(start * best_of, (start + count) * best_of)
    first = drawn.start // CHUNK * CHUNK
    graphs, energies = [], []
    for begin in range(first, drawn.stop, CHUNK):
        latent = noise(model, start=begin, count=CHUNK, length=generator.input_shape[1], seed=seed)
        batch = generator(latent, training=False)
        graphs.append(ops.convert_to_numpy(batch)[..., 0])
        if constraint is not None:
            energies.append(ops.convert_to_numpy(constraint(batch, training=False))[:, 0])
    kept = slice(drawn.start - first, drawn.stop - first)
    predicted = np.concatenate(energies)[kept] if energies else None
    return _lowest(np.concatenate(graphs)[kept], predicted, model, start=start, seed=seed, best_of=best_of)


def noise(model: str, *, start: int, count: int, length: int, seed: int) -> NDArray[np.float32]:
    """Normal noise of graphs number ``start`` to ``start + count - 1``, each row from a random stream of its own.

    Returns
    -------
    ndarray
        Shape (count, length), float32, standard normal.
    """
    streams = (np.random.SeedSequence(seed, spawn_key=(*model.encode(), start + row)) for row in range(count))
    rows = [np.random.default_rng(stream).standard_normal(length, dtype=np.float32) for stream in streams]
    return np.stack(rows)


def noisy_graphs(
    known: NDArray[np.float32],
    weights: NDArray[np.float64],
    constraint: keras.Model,
    model: str,
    *,
    start: int,
    count: int,
    noise: float,
    seed: int,
    best_of: int = 1,
) -> CrystalGraphs:
    """Crystal graphs drawn from a set with replacement, with normal noise on every value that varies in the set.

    Parameters
    ----------
    known
        Graphs of the training set, shape (n, edge, edge).
    weights
        How often each is drawn, shape (n,), adding up to 1.
    constraint, model, start, count, seed, best_of
        As in `generate`; a graph is the same whatever the batches.
    noise
        Standard deviation, as a fraction of that of each value over the set.

    Returns
    -------
    CrystalGraphs
        Ids such as ``latents-000012`` for the model latents; values of graphs stay within [-1, 1].
    """
    spread = known.std(axis=0)
    made = []
    for number in range(start * best_of, (start + count) * best_of):
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*model.encode(), number)))
        graph = known[random.choice(len(known), p=weights)]
        made.append(np.clip(graph + noise * spread * random.standard_normal(spread.shape), -1, 1))
    graphs = np.array(made, dtype=np.float32)
    predicted = constraint.predict(graphs[..., None], batch_size=CHUNK, verbose=0)[:, 0]
    return _lowest(graphs, predicted, model, start=start, seed=seed, best_of=best_of)


def _lowest(
    graphs: NDArray[np.float32],
    predicted: NDArray[np.float32] | None,
    model: str,
    *,
    start: int,
    seed: int,
    best_of: int,
) -> CrystalGraphs:
    """The lowest predicted formation energy of each ``best_of`` graphs in a row, numbered from ``start`` on."""
    kept = np.arange(0, len(graphs), best_of)
    if predicted is not None:
        kept = kept + predicted.reshape(-1, best_of).argmin(axis=1)
    return CrystalGraphs(
        ids=[f"{model}-{number:06d}" for number in range(start, start + len(kept))],
        graphs=graphs[kept],
        predicted_formation_energy=None if predicted is None else predicted[kept],
        attributes={"model": model, "seed": seed, "best_of": best_of},
    )
