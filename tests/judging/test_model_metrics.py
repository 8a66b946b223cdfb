import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from ccdcgan.config.metrics import Metrics
from ccdcgan.judging.model_metrics import Coverage, gather, label, measure, records
from ccdcgan.judging.structure_metrics import COLUMNS, cover
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt

SETTINGS = Metrics(sun=[0.0, 0.1])
STATUS = ["not_decoded", "screened", "not_relaxed", "relaxed"]
PAPER = {"models": {"ccdcgan": {"generated": 13000, "decoded": 3743, "kept": 3743, "distinct_metastable": 187}}}


def structures(status, distinct=(), above_hull=0.05):
    """A table of structures; those named in ``distinct`` are unique, novel, and bound."""
    rows = []
    for number, each in enumerate(status):
        relaxed = each == "relaxed"
        own = relaxed and number in distinct
        rows.append(
            {
                "id": f"s{number}",
                "status": each,
                "valid": each != "not_decoded",
                "smact": each != "not_decoded",
                "unique": own if relaxed else None,
                "novel": relaxed or None,
                "metastable": relaxed or None,
                "stable": relaxed or None,
                "negative_formation_energy": relaxed or None,
                "energy_above_hull": above_hull if relaxed else np.nan,
                "rms_to_relaxed": 0.01 * number if relaxed else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


@given(st.lists(st.sampled_from(STATUS), min_size=1, max_size=30))
def test_wholes_and_parts(status):
    table = measure(structures(status, range(30)), Coverage(frozenset("a"), 9), SETTINGS).set_index("metric")
    assert table.loc["decodable", "n"] == len(status)
    assert table.loc["decodable", "k"] == table.loc["smact", "n"] == len(status) - status.count("not_decoded")
    assert table.loc["relaxed", "n"] == status.count("relaxed") + status.count("not_relaxed")
    fractions = table.drop(index="rms_displacement")
    assert (fractions["k"] <= fractions["n"]).all()
    some = fractions[fractions["n"] > 0]
    assert ((some["low"] <= some["value"] + 1e-12) & (some["value"] <= some["high"] + 1e-12)).all()
    assert (table["of"] == "relaxations").equals(
        table["per_1000"].notna() | (table["n"] == 0) & (table["of"] == "relaxations")
    )


def test_success_is_counted_per_thousand_relaxations():
    table = measure(structures(["relaxed"] * 3 + ["not_relaxed"], [0]), Coverage(frozenset(), 1), SETTINGS).set_index(
        "metric"
    )
    assert table.loc["distinct_metastable", "per_1000"] == pytest.approx(250)
    assert (table.loc["sun_0", "k"], table.loc["sun_0.1", "k"]) == (0, 1)
    assert label("sun_0.1") == "S.U.N. at 0.1 eV/atom"
    mean = table.loc["rms_displacement"]
    assert mean["value"] == pytest.approx(0.01)
    assert mean["low"] < 0.01 < mean["high"]


def test_intervals_are_wilsons():
    """The bounds solve Wilson's own condition: k/n lies 1.96 standard errors of the bound away from it."""
    row = (
        measure(structures(["relaxed"] * 40, range(7)), Coverage(frozenset(), 1), SETTINGS)
        .set_index("metric")
        .loc["unique"]
    )
    for bound in (row["low"], row["high"]):
        assert abs(7 / 40 - bound) == pytest.approx(1.959964 * binom.std(40, bound) / 40, rel=1e-6)


def test_seeds_are_pooled_and_stand_beside_the_paper():
    tables = {
        "ccdcgan": structures(["relaxed"] * 4, [0]),
        "ccdcgan-seed1": structures(["relaxed"] * 6, [0, 1]),
        "ccdcgan-seed1+constraint": structures(["screened", "relaxed"]),
        "random": structures(["relaxed", "not_decoded"]),
    }
    covered = {name: Coverage(frozenset({"a", name}), 10) for name in tables}
    table = gather(tables, covered, SETTINGS, 0, PAPER)
    coverage = table[table["metric"] == "coverage"].set_index(["model", "seed"])
    assert list(coverage.loc["ccdcgan", "k"]) == [2, 2, 3]
    assert set(coverage["n"]) == {10}
    success = table[table["metric"] == "distinct_metastable"].set_index(["model", "seed"])
    assert list(success.index) == [
        *(("ccdcgan", seed) for seed in ("0", "1", "all")),
        ("ccdcgan+constraint", "1"),
        ("random", "0"),
    ]
    assert (success.loc[("ccdcgan", "all"), "k"], success.loc[("ccdcgan", "all"), "n"]) == (3, 10)
    assert success.loc[("ccdcgan", "all"), "paper"] == pytest.approx(187 / 3743)
    assert pd.isna(success.loc[("random", "0"), "paper"])
    assert records(table)[0].keys() == set(table.columns)
    assert all(value is None or value == value for row in records(table) for value in row.values())


def test_a_neighbourhood_holds_copies_and_nothing_strange():
    database = [rocksalt(5.8, "a"), rocksalt(5.9, "b"), rocksalt(6.0, "c"), bi2se3()]
    inside, coverage = cover([rattled(rocksalt(5.9), "x", 1e-3)], database, ["Bi", "Se"])
    assert inside == [True]
    assert coverage.ids >= {"a", "b", "c"}
    assert coverage.n == 4
    assert cover([], database, ["Bi", "Se"]) == ([], Coverage(frozenset(), 4))
    tight = [rocksalt(5.90 + 0.01 * step, f"r{step}") for step in range(7)]
    assert cover([caesium_chloride()], tight, ["Bi", "Se"]) == ([False], Coverage(frozenset(), 7))
