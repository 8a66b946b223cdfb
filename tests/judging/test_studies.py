from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ccdcgan.judging.funnel import Variant
from ccdcgan.judging.intervals import interval
from ccdcgan.judging.studies import COLUMNS, LEAVE_OUT_COLUMNS, compare, left_out, pool
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt

SHARES = {"decoded", "kept", "relaxed", "metastable", "stable", "distinct", "distinct_metastable", "distinct_stable"}


def variant(prefix, judged_formulas):
    """Eight graphs, of which six are decoded and two of these predicted to be unstable."""
    ids = [f"{prefix}-{number}" for number in range(6)]
    relaxed = ids[: len(judged_formulas)]
    judged = pd.DataFrame(
        {
            "id": relaxed,
            "formula": judged_formulas,
            "formation_energy": [-0.2] * len(relaxed),
            "negative_formation_energy": True,
            "metastable": [number == 0 for number in range(len(relaxed))],
            "stable": False,
            "distinct": True,
        }
    )
    return Variant(
        8,
        pd.DataFrame({"id": ["x", "y"], "reason": ["no_atoms", "volume"]}),
        pd.Series([0.0, 0.1, 0.2, 0.25, 0.5, 0.6], index=ids),
        pd.DataFrame(
            {"id": name, "status": "relaxed" if name in relaxed else "rejected", "reason": "volume"} for name in ids
        ),
        judged,
    )


def test_shares_and_variety():
    models = {
        "dcgan": variant("dcgan", ["BiSe", "Bi2Se2", "Bi2Se3", "BiSe"]),
        "ccdcgan-weight0.3": variant("ccdcgan-weight0.3", ["BiSe", "BiSe"]),
    }
    table = compare(models, 0.1, 0, 0.3)
    assert list(table) == COLUMNS
    rows = table.set_index(["variant", "quantity"])
    assert rows.loc[("dcgan", "decoded"), ["k", "n", "value"]].tolist() == [6, 8, 0.75]
    assert rows.loc[("dcgan", "kept"), ["k", "n"]].tolist() == [6, 6]
    assert rows.loc[("dcgan", "distinct_metastable"), ["k", "n"]].tolist() == [1, 6]
    assert rows.loc[("dcgan", "formulas"), "k"] == 2
    assert rows.loc[("ccdcgan-weight0.3", "formulas"), "k"] == 1
    assert rows.loc[("ccdcgan-weight0.3", "effective_formulas"), "value"] == pytest.approx(1)
    assert 1 < rows.loc[("dcgan", "effective_formulas"), "value"] < 2
    assert table.groupby("variant")["weight"].first().to_dict() == {"dcgan": 0.0, "ccdcgan-weight0.3": 0.3}
    shares = table[table["quantity"].isin(SHARES)]
    assert (shares["low"] <= shares["value"]).all()
    assert (shares["value"] <= shares["high"]).all()
    assert table.loc[table["quantity"] == "formulas", "low"].isna().all()


def test_seeds_are_pooled_and_screening_saves_relaxations():
    names = ["dcgan", "dcgan-seed1", "dcgan+constraint", "dcgan-seed1+constraint"]
    models = {name: variant(name, ["BiSe", "BiSe"]) for name in names}
    rows = compare(models, 0.1, 0, 0.3).set_index(["model", "seed", "quantity"])
    assert rows.loc[("dcgan", "1", "relaxed"), ["k", "n"]].tolist() == [2, 6]
    assert rows.loc[("dcgan", "all", "relaxed"), ["k", "n"]].tolist() == [4, 12]
    assert rows.loc[("dcgan+constraint", "all", "kept"), ["k", "n"]].tolist() == [8, 12]
    assert rows.loc[("dcgan+constraint", "all", "relaxed"), ["k", "n"]].tolist() == [4, 8]
    assert pool(list(models.values())).generated == 32


def test_nothing_decoded():
    nothing = replace(variant("dcgan", []), predicted=pd.Series(dtype=float))
    table = compare({"dcgan": nothing}, 0.1, 0, 0.3).set_index("quantity")
    assert table.loc["relaxed", "n"] == 0
    assert np.isnan(table.loc["relaxed", "value"])


@pytest.fixture
def database():
    return pd.DataFrame(
        {
            "id": ["d0", "d1", "d2", "d3"],
            "formula": ["BiSe", "Bi2Se2", "BiSe", "Bi2Se3"],
            "energy_per_atom": [-3.9, -3.8, -3.7, -4.0],
            "group": ["d0", "d0", "d2", "d3"],
        }
    )


def test_what_a_leave_out_training_brings_back(config, database):
    made = [rattled(rocksalt(), "m-0"), caesium_chloride(name="m-1"), bi2se3()]
    judged = pd.DataFrame({"id": ["m-0", "m-1", "bi2se3"], "database_match": ["d1", None, "d3"]})
    row = left_out(
        "BiSe", "ccdcgan-without-BiSe", 9, database, made, made[:2], judged, [rocksalt(name="BiSe")], config.matching
    )
    assert list(row) == LEAVE_OUT_COLUMNS
    assert (row["left_out"], row["generated"], row["decoded"], row["relaxed"]) == (3, 9, 2, 2)
    assert (row["regenerated"], row["distinct_left_out"]) == (1, 2)
    assert (row["regenerated_low"], row["regenerated_high"]) == interval(1, 2)
    assert (row["lowest"], row["lowest_regenerated"]) == ("d0", True)
    assert (row["known_phase"], row["known_phase_regenerated"]) == ("BiSe", True)


def test_a_composition_that_nothing_is_known_of(config, database):
    nothing = pd.DataFrame({"id": [], "database_match": []})
    row = left_out("BiSe3", "ccdcgan-without-BiSe3", 9, database, [], [], nothing, [], config.matching)
    assert (row["left_out"], row["regenerated"], row["distinct_left_out"]) == (0, 0, 0)
    assert row["lowest"] is row["lowest_regenerated"] is row["known_phase_regenerated"] is None
