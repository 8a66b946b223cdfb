import numpy as np
import pandas as pd
import pytest

from ccdcgan.config.metrics import Metrics
from ccdcgan.judging.memorisation import Nearness, nearest_learnt, together
from ccdcgan.judging.model_metrics import Coverage, gather, measure
from ccdcgan.judging.structure_metrics import COLUMNS
from ccdcgan.representation.crystal_graphs import CrystalGraphs, variant_name

EDGE = 4
random = np.random.default_rng(0)


def crystals(name: str, count: int, scale: float = 1.0) -> CrystalGraphs:
    graphs = np.zeros((count, EDGE, EDGE), np.float32)
    graphs[:, :2] = random.normal(0, scale, (count, 2, EDGE))
    return CrystalGraphs([f"{name}-{number}" for number in range(count)], graphs)


KNOWN = crystals("known", 60)
TRAINING = np.arange(60) < 50


def distances(generated: CrystalGraphs, *, all_learnt: bool = False, variants: CrystalGraphs | None = None):
    return nearest_learnt([generated], KNOWN, TRAINING, variants, all_learnt=all_learnt).set_index("id")


def test_distances_are_those_of_standardised_values() -> None:
    made = crystals("flow", 8)
    table = distances(made)
    training = KNOWN.graphs[TRAINING]
    spread = training.std(axis=0)[:2].ravel()
    for name, graph in zip(made.ids, made.graphs, strict=True):
        every = np.linalg.norm((training[:, :2] - graph[:2]).reshape(50, -1) / spread, axis=1)
        assert table.loc[name, "distance"] == pytest.approx(every.min(), rel=1e-5)
        assert table.loc[name, "nearest"] == KNOWN.ids[every.argmin()]
    assert (table["side"] == "held_out").sum() == 10


def test_what_is_recited_is_at_no_distance() -> None:
    copies = CrystalGraphs(["flow-0", "flow-1"], KNOWN.graphs[[3, 55]])
    own, gan = distances(copies), distances(copies, all_learnt=True)
    assert own.loc["flow-0", "distance"] == gan.loc["flow-0", "distance"] == pytest.approx(0, abs=1e-5)
    assert own.loc["flow-1", "distance"] > 0.1  # of a crystal that was held out
    assert gan.loc["flow-1", "distance"] == pytest.approx(0, abs=1e-5)
    assert gan.loc["flow-1", "nearest"] == "known-55"
    held_out = own["side"] == "held_out"
    pd.testing.assert_frame_equal(own[held_out], gan[held_out])  # never compared with themselves


def test_variants_are_learnt_as_well() -> None:
    other = CrystalGraphs([variant_name("known-0", 1)], crystals("x", 1).graphs)
    copy = CrystalGraphs(["flow-0"], other.graphs)
    assert distances(copy).loc["flow-0", "distance"] > 0.1
    table = distances(copy, variants=other)
    assert table.loc["flow-0", "distance"] == pytest.approx(0, abs=1e-5)
    assert table.loc["flow-0", "nearest"] == "known-0~1"


def structures(status: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(index=range(len(status)), columns=COLUMNS)
    table["id"] = [f"flow-{number}" for number in range(len(status))]
    return table.assign(status=status)


def nearness(generated: list[float], held_out: list[float]) -> Nearness:
    ids = [f"flow-{number}" for number in range(len(generated))]
    return Nearness(pd.Series(generated, index=ids), pd.Series(held_out, index=range(len(held_out)), dtype=float))


def test_the_metrics_count_graphs_nearer_than_held_out_ones() -> None:
    status = ["not_decoded", "relaxed", "screened", "relaxed"]
    near = nearness([1.0, 2.0, 0.5, 9.0], [2.0, 3.0, 40.0])
    rows = measure(structures(status), Coverage(frozenset(), 1), Metrics(sun=[]), 0, near).set_index("metric")
    assert list(rows.loc["recited", ["of", "k", "n"]]) == ["graphs", 2, 3]  # the screened one is none of this model's
    assert rows.loc["nearest_learnt", "value"] == pytest.approx(4)
    assert rows.loc["nearest_learnt", "n"] == 3
    assert rows.loc["nearest_learnt_held_out", "value"] == pytest.approx(15)


def test_without_held_out_graphs_there_is_nothing_to_compare_with() -> None:
    rows = measure(
        structures(["relaxed"]), Coverage(frozenset(), 1), Metrics(sun=[]), 0, nearness([1.0], [])
    ).set_index("metric")
    assert "recited" not in rows.index
    assert rows.loc["nearest_learnt_held_out", "n"] == 0


def test_models_without_graphs_have_none_of_it_and_seeds_are_pooled() -> None:
    tables = {
        "flow": structures(["relaxed"] * 2),
        "flow-seed1": structures(["relaxed"] * 2),
        "random": structures(["relaxed"]),
    }
    coverages = dict.fromkeys(tables, Coverage(frozenset(), 1))
    own = {"flow": nearness([1.0, 2.0], [3.0]), "flow-seed1": nearness([1.0, 4.0], [3.0])}
    table = gather(tables, coverages, Metrics(sun=[]), 0, {"models": {}}, own)
    rows = table[table["metric"] == "recited"].set_index(["model", "seed"])
    assert list(rows.index) == [("flow", "0"), ("flow", "1"), ("flow", "all")]
    assert list(rows["k"]) == [2, 1, 3]
    assert list(rows["n"]) == [2, 2, 4]
    assert together([]) is None
