from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.dummy import DummyRegressor

from ccdcgan.config.constraint import Constraint
from ccdcgan.generators.constraint import generated_metrics, metrics, predict, random_split, train_constraint

SETTINGS = Constraint(steps=40, batch_size=16, learning_rate=0.002, schedule="constant")


def crystals(count: int = 60) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_]]:
    """Graphs of edge 8 whose energy, far from zero mean and unit variance, is linear in them."""
    random = np.random.default_rng(0)
    factors = random.uniform(-1, 1, size=(count, 2))
    graphs = np.einsum("nf,fxy->nxy", factors, random.uniform(-1, 1, size=(2, 8, 8))).astype(np.float32)
    return graphs, -0.4 + 0.05 * factors[:, 0], np.arange(count) % 5 > 0


def table(
    graphs: NDArray[np.float32], energies: NDArray[np.float64], training: NDArray[np.bool_], model: keras.Model
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "split": np.where(training, "train", "held_out"),
            "formation_energy": energies,
            "predicted": predict(model, graphs),
        }
    )


def test_learns_and_predicts_in_the_unit_of_the_energies(tmp_path: Path) -> None:
    graphs, energies, training = crystals()
    settings = SETTINGS.model_copy(update={"steps": 150})
    model, history = train_constraint(graphs, energies, training, settings, seed=0, backup=None)
    predictions = table(graphs, energies, training, model)
    scores = metrics(predictions)
    for split in ("train", "held_out"):
        assert scores[split]["mae"] < 0.5 * scores[split]["mean_predictor_mae"]
        squares = (predictions["predicted"] - energies)[predictions["split"] == split] ** 2
        assert history[f"{split}_loss"].iloc[-1] == pytest.approx(squares.mean(), rel=1e-5)
    model.save(tmp_path / "constraint.keras")
    loaded = keras.saving.load_model(tmp_path / "constraint.keras")
    np.testing.assert_array_equal(predict(loaded, graphs), predictions["predicted"].to_numpy())


def test_nothing_about_the_held_out_crystals_reaches_the_model() -> None:
    graphs, energies, training = crystals()
    first, history = train_constraint(graphs, energies, training, SETTINGS, seed=0, backup=None)
    changed = np.where(training, energies, 17.0)
    second, other = train_constraint(
        np.where(training[:, None, None], graphs, 0).astype(np.float32),
        changed,
        training,
        SETTINGS,
        seed=0,
        backup=None,
    )
    for one, two in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    np.testing.assert_array_equal(predict(first, graphs), predict(second, graphs))
    np.testing.assert_array_equal(history["train_loss"], other["train_loss"])
    assert (history["held_out_loss"] != other["held_out_loss"]).all()


def test_history_and_resuming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graphs, energies, training = crystals()
    expected, undisturbed = train_constraint(graphs, energies, training, SETTINGS, seed=1, backup=None)
    assert list(undisturbed.columns) == ["step", "train_loss", "held_out_loss"]
    assert undisturbed["step"].tolist() == [10, 20, 30, 40]

    interrupted = keras.Model.fit

    def fit(model: keras.Model, *args: object, **kwargs: object) -> object:
        if int(model.step.numpy()) == 20:
            raise KeyboardInterrupt
        return interrupted(model, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "fit", fit)
        with pytest.raises(KeyboardInterrupt):
            train_constraint(graphs, energies, training, SETTINGS, seed=1, backup=tmp_path / "backup")
    assert (tmp_path / "backup").exists()
    model, resumed = train_constraint(graphs, energies, training, SETTINGS, seed=1, backup=tmp_path / "backup")
    pd.testing.assert_frame_equal(resumed, undisturbed)
    np.testing.assert_array_equal(predict(model, graphs), predict(expected, graphs))


def test_without_held_out_crystals() -> None:
    graphs, energies, _ = crystals(10)
    settings = SETTINGS.model_copy(update={"steps": 3})
    _, history = train_constraint(graphs, energies, np.ones(10, dtype=bool), settings, seed=0, backup=None)
    assert history["held_out_loss"].isna().all()
    assert history["train_loss"].notna().all()


def test_one_crystal_and_none() -> None:
    graphs, energies, _ = crystals(1)
    settings = SETTINGS.model_copy(update={"steps": 1})
    model, _ = train_constraint(graphs, energies, np.array([True]), settings, seed=0, backup=None)
    assert np.isfinite(predict(model, graphs)).all()
    with pytest.raises(ValueError, match="0 crystals found"):
        train_constraint(graphs, energies, np.array([False]), settings, seed=0, backup=None)


def test_metrics() -> None:
    predictions = pd.DataFrame(
        {
            "split": ["train", "train", "train", "held_out"],
            "formation_energy": [0.0, 1.0, 2.0, 4.0],
            "predicted": [0.0, 1.5, 2.0, 3.0],
        }
    )
    constant = DummyRegressor().fit(np.zeros((3, 1)), [0.0, 1.0, 2.0]).predict(np.zeros((1, 1)))[0]
    found = metrics(predictions)
    assert found["train"] == {
        "n": 3,
        "mae": pytest.approx(0.5 / 3),
        "rmse": pytest.approx((0.25 / 3) ** 0.5),
        "r2": pytest.approx(1 - 0.25 / 2),
        "spearman": pytest.approx(1.0),
        "mean_predictor_mae": pytest.approx(2 / 3),
        "mean_predictor_rmse": pytest.approx((2 / 3) ** 0.5),
    }
    assert found["held_out"] == {
        "n": 1,
        "mae": 1.0,
        "rmse": 1.0,
        "r2": None,
        "spearman": None,
        "mean_predictor_mae": pytest.approx(4 - constant),
        "mean_predictor_rmse": pytest.approx(4 - constant),
    }


def test_an_exploited_constraint_has_a_bias():
    judged = pd.DataFrame(
        {"formation_energy": [0.1, 0.3, 0.2, 0.0], "predicted_formation_energy": [-0.2, -0.1, -0.3, None]}
    )
    found = generated_metrics(judged)
    assert found["n"] == 3
    assert found["bias"] == pytest.approx(-0.4)
    assert found["mean_computed"] + found["bias"] == pytest.approx(found["mean_predicted"])
    ranks = np.array([[1, 3, 2], [2, 3, 1]])
    assert found["spearman"] == pytest.approx(1 - 6 * np.square(ranks[0] - ranks[1]).sum() / (3 * 8))
    assert set(generated_metrics(judged.head(0)).values()) == {0, None}


def test_a_random_split_holds_out_as_many():
    split = pd.Series(["train"] * 90 + ["held_out"] * 10, index=[f"c{number}" for number in range(100)])
    drawn = random_split(split, 0)
    assert drawn.value_counts().to_dict() == split.value_counts().to_dict()
    assert list(drawn.index) == list(split.index)
    assert (drawn != split).any()
    assert (drawn != random_split(split, 1)).any()


def test_the_cosine_ends_at_rest() -> None:
    """Behind a rate that has fallen to zero more steps move nothing; a constant one goes on."""
    graphs, energies, training = crystals()
    last = {}
    for schedule in ("constant", "cosine"):
        settings = SETTINGS.model_copy(update={"schedule": schedule, "steps": 100})
        _, history = train_constraint(graphs, energies, training, settings, seed=0, backup=None)
        last[schedule] = history["train_loss"].diff().abs().iloc[-1] / history["train_loss"].iloc[-1]
    assert last["cosine"] < last["constant"]
