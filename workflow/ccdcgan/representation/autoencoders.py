"""Autoencoders of the sites and the lattice voxel (Fig. 1): training, encoding, decoding.

The training draws its voxels anew at every step from atoms and cells, on the device: a Gaussian density costs next to
nothing beside the convolutions, and no voxel needs to be stored, in whatever width and orientation it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import permutations, product
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from keras import ops
from numpy.typing import NDArray

from ccdcgan.config.autoencoders import Autoencoder
from ccdcgan.config.voxels import Voxels
from ccdcgan.networks.autoencoder import encoder_and_decoder, unclipped
from ccdcgan.networks.training import Plan, Trainer, fit
from ccdcgan.representation.voxels.imaging import Cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel
from ccdcgan.representation.voxels.sites import sites_voxel
from ccdcgan.representation.voxels.storage import VoxelFile

__all__ = ["Kind", "autoencoder", "decode", "encode", "train_autoencoder"]

Kind = Literal["sites", "lattice"]
Draw = Callable[[keras.random.SeedGenerator, Any], Any]
"""Random state and sigma (angstrom) to a batch of voxels, shape (batch, grid, grid, grid, 1)."""

RECORDS = 20
"""Largest number of rows in the history."""
STEPS_PER_CALL = 50
MEASURED = 100
"""Largest number of voxels from which a loss in the history is measured."""
BATCH = 50
"""Voxels that are encoded or decoded at once."""
FAR = 1e3
"""Angstrom; where atoms are put that a batch holds only to be rectangular."""
RECUT = 0.8
"""Fraction of crystals that augmentation strains, and cuts elsewhere than `representation.voxels.imaging` does."""
RECOLOURED = 0.5
"""Fraction of voxels for which augmentation picks atoms at random instead of those of one element."""
STRAIN = {"sites": 0.05, "lattice": 0.1}
"""Standard deviation of each component of the random strain of augmentation."""
SIGNED_PERMUTATIONS = np.array(
    [np.eye(3)[list(order)] * signs for order in permutations(range(3)) for signs in product((1, -1), repeat=3)],
    dtype=np.float32,
)
"""Shape (48, 3, 3): the rotations and reflections that map a cube onto itself."""


def train_autoencoder(
    kind: Kind,
    voxel_file: Path | str,
    split: Mapping[str, str],
    settings: Autoencoder,
    *,
    seed: int,
    backup: Path | None = None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train one autoencoder on the crystals of the training set.

    The loss is Eq. (5). By default its squared error is a fraction of the voxels' squares, ``|x - y|^2 / |x|^2``: the
    all-zero answer scores 1, whatever sigma and grid. Sigma falls from ``sigma_start`` to its final value during the
    first half: wide Gaussians give a gradient to peaks that are still far away. The learning rate falls to zero by a
    cosine.

    Parameters
    ----------
    kind
        Which voxel.
    voxel_file
        Written by `ccdcgan.representation.voxels.storage.voxelize`.
    split
        Id of every crystal of the file to ``"train"`` or ``"held_out"``; those of another side are left out.
    settings
        Of this autoencoder.
    seed
        Of initial weights and of every random draw.
    backup
        File to resume an interrupted training from; None for none.

    Returns
    -------
    model : keras.Model
        See `autoencoder`.
    history : DataFrame
        Columns ``step, train_loss, held_out_loss``: the squared error without its regularisation, both measured after
        the step on voxels of final sigma without augmentation.

    Raises
    ------
    ValueError
        If either set is empty, or the training ends at the all-zero answer, from where no gradient leads away.
    """
    voxels, sets = _read_sets(voxel_file, split)
    keras.utils.set_random_seed(seed)
    model = autoencoder(kind, settings, voxels)
    if kind == "sites":
        draw, sigma = _sites_draw(sets["train"], voxels, settings), voxels.sites_sigma
    else:
        draw, sigma = _lattice_draw(sets["train"], voxels, settings), voxels.lattice_sigma
    measured = {f"{name}_loss": _some_voxels(kind, clusters, voxels) for name, clusters in sets.items()}
    history = fit(
        Reconstruction(model, draw, settings, sigma, seed),
        Plan(settings.steps, STEPS_PER_CALL, RECORDS, settings.learning_rate, cosine=True, beta_2=settings.beta_2),
        evaluate=lambda: _losses(kind, model, measured),
        backup=backup,
        identity=f"{kind} {settings.model_dump_json()} {voxels.model_dump_json()}",
    )
    return model, history


def _read_sets(path: Path | str, split: Mapping[str, str]) -> tuple[Voxels, dict[str, list[Cluster]]]:
    """How a file draws its voxels, and the crystals of both sides of the split."""
    sets: dict[str, list[Cluster]] = {"train": [], "held_out": []}
    with VoxelFile(path) as file:
        for index, name in enumerate(file.ids):
            if split[name] in sets:
                sets[split[name]].append(file.cluster(index))
        voxels = file.voxels
    for name, clusters in sets.items():
        if not clusters:
            raise ValueError(f"{path}: found no {name} crystal, expected at least one")
    return voxels, sets


def autoencoder(kind: Kind, settings: Autoencoder, voxels: Voxels) -> keras.Model:
    """Untrained network from voxel to voxel, with layers ``"encoder"`` and ``"decoder"`` that are models themselves."""
    grid = voxels.sites_grid if kind == "sites" else voxels.lattice_grid
    encoder, decoder = encoder_and_decoder(grid, settings.channels, settings.latent, settings.output)
    inputs = keras.Input((grid, grid, grid, 1))
    return keras.Model(inputs, decoder(encoder(inputs)), name=f"{kind}_autoencoder")


def encode(model: keras.Model, voxels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Latents, shape (n, latent), within (-1, 1), of voxels of shape (n, grid, grid, grid)."""
    latents: NDArray[np.float32] = model.get_layer("encoder").predict(voxels[..., None], batch_size=BATCH, verbose=0)
    return latents


def decode(model: keras.Model, latents: NDArray[np.float32]) -> NDArray[np.float32]:
    """Voxels, shape (n, grid, grid, grid), within [0, 1], of latents of shape (n, latent)."""
    voxels: NDArray[np.float32] = model.get_layer("decoder").predict(latents, batch_size=BATCH, verbose=0)
    return voxels[..., 0]


class Reconstruction(Trainer):
    """Training of an autoencoder: Eq. (5) on batches of voxels of falling sigma.

    Parameters
    ----------
    model
        From voxel to voxel.
    draw
        Gives a batch of voxels.
    settings
        Of the training.
    sigma
        Final width of the Gaussians, in angstrom.
    seed
        Of the random draws.
    """

    def __init__(self, model: keras.Model, draw: Draw, settings: Autoencoder, sigma: float, seed: int) -> None:
        super().__init__(seed, tracked=())
        self.model = model
        self.drawn = model if settings.output != "linear" else _unclipped(model)
        self.draw_voxels = draw
        self.settings = settings
        self.sigma = sigma

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Eq. (5) on a fresh batch; see `train_autoencoder`."""
        left = ops.maximum(1 - 2 * ops.cast(self.step, "float32") / self.settings.steps, 0.0)
        voxels = self.draw_voxels(self.random, self.sigma + (self.settings.sigma_start - self.sigma) * left)
        # The model may compute in another precision (Keras's dtype policy).
        errors = ops.square(voxels - ops.cast(self.drawn(voxels, training=True), voxels.dtype))
        relative = self.settings.loss == "relative"
        error = ops.sum(errors) / ops.sum(ops.square(voxels)) if relative else ops.mean(errors)
        squares = sum(ops.sum(ops.square(weight)) for weight in self.model.trainable_variables)
        return error + self.settings.weight_decay / 2 * squares


def sites_density(positions: Any, sigma: Any, voxels: Voxels) -> Any:
    """`ccdcgan.representation.voxels.sites.sites_voxel` in Keras operations, for a batch.

    Parameters
    ----------
    positions : tensor, shape (batch, atoms, 3)
        Relative to the centre of the box, in angstrom; an atom at `FAR` adds nothing.
    sigma
        Width of the Gaussians, in angstrom.
    voxels
        Grid and box.

    Returns
    -------
    tensor, shape (batch, grid, grid, grid, 1)
    """
    grid = voxels.sites_grid
    points = (ops.arange(grid, dtype="float32") - (grid - 1) / 2) * (voxels.sites_box / grid)
    x, y, z = ops.unstack(ops.exp(-ops.square(points - positions[..., None]) / (2 * sigma**2)), 3, axis=2)
    planes = ops.reshape(x[..., :, None] * y[..., None, :], (*x.shape[:2], grid * grid))
    return ops.reshape(ops.matmul(ops.transpose(planes, (0, 2, 1)), z), (-1, grid, grid, grid, 1))


def lattice_density(cells: Any, sigma: Any, voxels: Voxels) -> Any:
    """`ccdcgan.representation.voxels.lattice.lattice_voxel` in Keras operations, for a batch.

    Parameters
    ----------
    cells : tensor, shape (batch, 3, 3)
        Lattice vectors as rows, in angstrom.
    sigma
        Width of the Gaussian, in angstrom.
    voxels
        Grid.

    Returns
    -------
    tensor, shape (batch, grid, grid, grid, 1)
    """
    grid = voxels.lattice_grid
    points = (ops.arange(grid, dtype="float32") - (grid - 1) / 2) / grid
    fractional = ops.reshape(ops.stack(ops.meshgrid(points, points, points, indexing="ij"), axis=-1), (-1, 3))
    squares = ops.sum(ops.square(ops.matmul(fractional, cells)), axis=-1)
    return ops.reshape(ops.exp(-squares / (2 * sigma**2)), (-1, grid, grid, grid, 1))


def _sites_draw(clusters: Sequence[Cluster], voxels: Voxels, settings: Autoencoder) -> Draw:
    """Sites voxels of random elements of random crystals.

    Augmentation teaches the voxel as what it is, a cluster of atoms at crystalline distances: the same crystal cut
    elsewhere and slightly strained, another choice of its atoms, and any of the 48 orientations of the cube.
    """
    size, elements = settings.batch_size, len(clusters[0].positions)
    most = max(sum(map(len, crystal.positions)) for crystal in clusters)
    fractional = np.zeros((len(clusters), most, 3), np.float32)
    element = np.full((len(clusters), most), -1)
    for row, crystal in enumerate(clusters):
        atoms = np.concatenate(crystal.positions)
        fractional[row, : len(atoms)] = atoms @ np.linalg.inv(crystal.cell)
        element[row, : len(atoms)] = np.repeat(np.arange(elements), [len(each) for each in crystal.positions])
    arrays = [ops.convert_to_tensor(array) for array in (fractional, element, _cells(clusters))]

    def draw(random: keras.random.SeedGenerator, sigma: Any) -> Any:
        uniform = partial(keras.random.uniform, seed=random)
        rows = keras.random.randint((size,), 0, len(clusters), seed=random)
        coordinates, kinds, cells = (ops.take(array, rows, axis=0) for array in arrays)
        shown = kinds == ops.cast(keras.random.randint((size, 1), 0, elements, seed=random), kinds.dtype)
        positions = ops.matmul(coordinates, cells)
        if settings.augment:
            changed = uniform((size, 1)) < settings.augment
            real = kinds >= 0
            coordinates = coordinates + uniform((size, 1, 3))
            cells = _strained(cells, STRAIN["sites"], random)
            recut = _centred(ops.matmul(coordinates - ops.floor(coordinates), cells), real[..., None])
            elsewhere = ops.logical_and(changed, uniform((size, 1)) < RECUT)
            positions = ops.where(elsewhere[..., None], recut, positions)
            chosen = ops.logical_and(uniform((size, most)) < uniform((size, 1)), real)
            shown = ops.where(ops.logical_and(changed, uniform((size, 1)) < RECOLOURED), chosen, shown)
            turned = ops.matmul(positions, _orientations(size, random))
            positions = ops.where(changed[..., None], turned, positions)
        return sites_density(ops.where(shown[..., None], positions, FAR), sigma, voxels)

    return draw


def _lattice_draw(clusters: Sequence[Cluster], voxels: Voxels, settings: Autoencoder) -> Draw:
    """Lattice voxels of random crystals; augmentation strains the cell, and exchanges and reverses its vectors."""
    size = settings.batch_size
    array = ops.convert_to_tensor(_cells(clusters))

    def draw(random: keras.random.SeedGenerator, sigma: Any) -> Any:
        cells = ops.take(array, keras.random.randint((size,), 0, len(clusters), seed=random), axis=0)
        if settings.augment:
            changed = keras.random.uniform((size, 1, 1), seed=random) < settings.augment
            strained = ops.matmul(_orientations(size, random), _strained(cells, STRAIN["lattice"], random))
            cells = ops.where(changed, strained, cells)
        return lattice_density(cells, sigma, voxels)

    return draw


def _cells(clusters: Sequence[Cluster]) -> NDArray[np.float32]:
    return np.array([crystal.cell for crystal in clusters], np.float32)


def _strained(cells: Any, size: float, random: keras.random.SeedGenerator) -> Any:
    return ops.matmul(cells, ops.eye(3) + keras.random.normal(cells.shape, stddev=size, seed=random))


def _centred(positions: Any, real: Any) -> Any:
    """Positions with the centre of the bounding box of the real atoms, shape (batch, atoms, 1), at the origin."""
    low = ops.min(ops.where(real, positions, FAR), axis=1, keepdims=True)
    high = ops.max(ops.where(real, positions, -FAR), axis=1, keepdims=True)
    return positions - (low + high) / 2


def _orientations(size: int, random: keras.random.SeedGenerator) -> Any:
    which = keras.random.randint((size,), 0, len(SIGNED_PERMUTATIONS), seed=random)
    return ops.take(ops.convert_to_tensor(SIGNED_PERMUTATIONS), which, axis=0)


def _some_voxels(kind: Kind, clusters: Sequence[Cluster], voxels: Voxels) -> NDArray[np.float32]:
    """At most `MEASURED` voxels of crystals that are evenly spread over the list, shape (n, grid, grid, grid)."""
    per_crystal = len(clusters[0].positions) if kind == "sites" else 1
    some = clusters[:: -(-len(clusters) * per_crystal // MEASURED)]
    if kind == "sites":
        return np.array([sites_voxel(atoms, voxels) for crystal in some for atoms in crystal.positions])
    return np.array([lattice_voxel(crystal.cell, voxels) for crystal in some])


def _unclipped(model: keras.Model) -> keras.Model:
    """From voxel to voxel by the same weights, with values outside of [0, 1]."""
    inputs = keras.Input(model.input_shape[1:])
    return keras.Model(inputs, unclipped(model.get_layer("decoder"))(model.get_layer("encoder")(inputs)))


def _losses(kind: Kind, model: keras.Model, measured: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """Loss of each set of voxels; 1 for all of them is that of voxels without any atom."""
    losses = {name: _loss(model, voxels) for name, voxels in measured.items()}
    if set(losses.values()) == {1.0}:
        raise ValueError(
            f"autoencoders.{kind}: the network draws empty voxels only, and does not learn any more; "
            f"autoencoders.{kind}.output linear or a smaller learning_rate avoids that"
        )
    return losses


def _loss(model: keras.Model, voxels: NDArray[np.float32]) -> float:
    """Squared error as a fraction of the voxels' squares."""
    batches = np.split(voxels[..., None], range(BATCH, len(voxels), BATCH))
    error = sum(np.square(batch - model.predict_on_batch(batch)).sum() for batch in batches)
    return float(error / np.square(voxels).sum())
