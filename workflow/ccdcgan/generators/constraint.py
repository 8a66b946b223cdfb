"""The constraint: a network that predicts the formation energy of a crystal from its 2D crystal graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, ops
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from ccdcgan.config.constraint import Constraint
from ccdcgan.networks import convolutional
from ccdcgan.networks.training import Plan, Trainer, fit

__all__ = ["generated_metrics", "metrics", "predict", "random_split", "train_constraint"]

STEPS_PER_CALL = 10
RECORDS = 50
"""Largest number of rows in the history."""
CHUNK = 64
"""Graphs in one call of the network."""


def train_constraint(
    graphs: NDArray[np.float32],
    formation_energies: NDArray[np.float64],
    training: NDArray[np.bool_],
    settings: Constraint,
    *,
    seed: int,
    backup: Path | None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train the constraint on the mean squared error, by Adam with beta_1 0.5 and beta_2 0.999 (as published).

    The weights returned are those of the last step: to stop where the held-out loss is lowest would fit the held-out
    crystals.

    Parameters
    ----------
    graphs
        Shape (n, edge, edge).
    formation_energies
        Shape (n,), in eV/atom.
    training
        Shape (n,), true for the crystals to train on; the others are held out.
    settings
        Of the training.
    seed
        Of initial weights and of every random draw.
    backup
        File to resume an interrupted training from; None for none.

    Returns
    -------
    model : keras.Model
        Graphs of shape (n, edge, edge, 1) to formation energies of shape (n, 1) in eV/atom.
    history : DataFrame
        ``step, train_loss, held_out_loss``: mean squared errors over all crystals of a side, without dropout, in
        (eV/atom)^2; ``held_out_loss`` is nan if none is held out.

    Raises
    ------
    ValueError
        If there is no crystal to train on.
    """
    if not training.any():
        raise ValueError("0 crystals found to train the constraint on, expected at least one.")
    keras.utils.set_random_seed(seed)
    known = formation_energies[training]
    scale = float(known.std()) or 1.0
    model = convolutional.constraint(graphs.shape[1])
    model.add(layers.Rescaling(scale, offset=float(known.mean())))
    trainer = Regression(model, graphs[training], known, settings.batch_size, scale, seed)
    records = min(RECORDS, -(-settings.steps // STEPS_PER_CALL))
    cosine = settings.schedule == "cosine"
    plan = Plan(settings.steps, STEPS_PER_CALL, records, settings.learning_rate, cosine, beta_1=0.5)

    def losses() -> dict[str, float]:
        squares = (predict(model, graphs) - formation_energies) ** 2
        held_out = squares[~training].mean() if not training.all() else np.nan
        return {"train_loss": float(squares[training].mean()), "held_out_loss": float(held_out)}

    return model, fit(trainer, plan, evaluate=losses, backup=backup, identity=settings.model_dump_json())


def random_split(split: pd.Series, seed: int) -> pd.Series:
    """A split that holds out as many crystals as another, each drawn for itself: equal ones may stand on both sides."""
    return pd.Series(np.random.default_rng(seed).permutation(split.to_numpy()), index=split.index, name=split.name)


def predict(model: keras.Model, graphs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Formation energies in eV/atom, shape (n,), of crystal graphs of shape (n, edge, edge)."""
    energies: NDArray[np.float32] = model.predict(graphs[..., np.newaxis], batch_size=CHUNK, verbose=0)[:, 0]
    return energies


def metrics(predictions: pd.DataFrame) -> dict[str, dict[str, float | int | None]]:
    """How good the predictions are, beside those of a constant: the mean of the crystals trained on.

    Parameters
    ----------
    predictions
        Columns ``split`` ("train" or "held_out"), ``formation_energy`` and ``predicted``, in eV/atom.

    Returns
    -------
    dict
        For each split that occurs: ``n``, mean absolute error ``mae`` and root mean squared error ``rmse`` in eV/atom,
        coefficient of determination ``r2`` and Spearman's rank correlation ``spearman`` (None for fewer than two
        crystals, or where all predictions are equal), and ``mean_predictor_mae`` and ``mean_predictor_rmse`` of the
        constant.
    """
    constant = predictions.loc[predictions["split"] == "train", "formation_energy"].mean()
    result: dict[str, dict[str, float | int | None]] = {}
    for split, rows in predictions.groupby("split", sort=False):
        constants = np.full(len(rows), constant)
        result[str(split)] = {
            **_errors(rows["formation_energy"], rows["predicted"]),
            "mean_predictor_mae": float(mean_absolute_error(rows["formation_energy"], constants)),
            "mean_predictor_rmse": float(root_mean_squared_error(rows["formation_energy"], constants)),
        }
    return result


def generated_metrics(judged: pd.DataFrame) -> dict[str, float | int | None]:
    """How good the predictions of generated crystals are, against the energies computed after their relaxation.

    A generator that exploits the errors of the constraint makes what is predicted lower than it is: its ``bias`` is
    more negative than that of one which never saw the constraint.

    Parameters
    ----------
    judged
        Table of the hull stage.

    Returns
    -------
    dict
        ``n``, ``mae``, ``rmse``, ``r2``, ``spearman`` as of `metrics`; ``bias``, the mean of predicted less computed,
        ``mean_predicted`` and ``mean_computed``, in eV/atom. None where there is nothing to average.
    """
    rows = judged.dropna(subset=["formation_energy", "predicted_formation_energy"])
    known, predicted = rows["formation_energy"], rows["predicted_formation_energy"]
    means = {"bias": predicted - known, "mean_predicted": predicted, "mean_computed": known}
    return {**_errors(known, predicted), **{name: float(v.mean()) if len(v) else None for name, v in means.items()}}


def _errors(known: pd.Series, predicted: pd.Series) -> dict[str, float | int | None]:
    several = len(known) > 1
    rank = float(spearmanr(known, predicted).statistic) if several and np.ptp(predicted) > 0 else np.nan
    return {
        "n": len(known),
        "mae": float(mean_absolute_error(known, predicted)) if len(known) else None,
        "rmse": float(root_mean_squared_error(known, predicted)) if len(known) else None,
        "r2": float(r2_score(known, predicted)) if several else None,
        "spearman": rank if np.isfinite(rank) else None,
    }


class Regression(Trainer):
    """Mean squared error of a network on crystal graphs, in units of the variance of what it is to predict.

    Parameters
    ----------
    model
        Graphs of shape (n, edge, edge, 1) to values of shape (n, 1).
    graphs
        Shape (n, edge, edge).
    values
        Shape (n,).
    batch_size
        Graphs in a batch.
    scale
        Standard deviation of the values.
    seed
        Of the random draws.
    """

    def __init__(
        self,
        model: keras.Model,
        graphs: NDArray[np.float32],
        values: NDArray[np.float64],
        batch_size: int,
        scale: float,
        seed: int,
    ) -> None:
        super().__init__(seed, ())
        self.model = model
        self.graphs = ops.convert_to_tensor(graphs[..., np.newaxis])
        self.values = ops.convert_to_tensor(values[:, np.newaxis].astype(np.float32))
        self.batch_size = batch_size
        self.scale = scale

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        """Loss on a fresh batch."""
        graphs, values = self.draw(self.batch_size, self.graphs, self.values)
        predicted = self.model(graphs, training=True)
        return ops.mean(((predicted - values) / self.scale) ** 2)
