import pandas as pd
import pytest

from ccdcgan.crystals.structures import Reason, Rejected, reject_table
from ccdcgan.judging.model_metrics import Coverage, measure
from ccdcgan.judging.structure_metrics import COLUMNS, structure_table
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt

NONE = reject_table([])


def hull_table(*names: str) -> pd.DataFrame:
    """What the hull stage says of these."""
    row = {"space_group": 221, "formation_energy": -0.2, "energy_above_hull": 0.05, "stable": True, "metastable": True}
    rows = [{"id": name, "database_match": None, "candidate_match": name, **row} for name in names]
    columns = ["id", "database_match", "candidate_match", *row]
    return pd.DataFrame(rows, columns=columns).assign(negative_formation_energy=True)


def relaxation_table(**reasons: str | None) -> pd.DataFrame:
    rows = [
        {"id": name, "status": "relaxed" if reason is None else "rejected", "reason": reason, "detail": None}
        for name, reason in reasons.items()
    ]
    return pd.DataFrame(rows, columns=["id", "status", "reason", "detail"])


def test_every_structure_has_one_status(config):
    structures = [caesium_chloride(name="kept"), rocksalt(name="lost"), bi2se3()]
    table = structure_table(
        structures,
        reject_table([("nothing", Rejected(Reason.NO_LATTICE))]),
        {"bi2se3"},
        relaxation_table(kept=None, lost="not_converged", bi2se3=None),
        [rattled(caesium_chloride(), "kept")],
        hull_table("kept"),
        [True],
        config.matching,
    ).set_index("id")
    assert dict(table["status"]) == {
        "kept": "relaxed",
        "lost": "not_relaxed",
        "bi2se3": "screened",
        "nothing": "not_decoded",
    }
    assert list(table["reason"].fillna("")) == ["", "not_converged", "screened", "no_lattice"]
    assert 0 < table.loc["kept", "rms_to_relaxed"] < 0.05
    metrics = measure(table.reset_index(), Coverage(frozenset(), 1), config.metrics).set_index("metric")
    assert (metrics.loc["relaxed", "k"], metrics.loc["relaxed", "n"]) == (1, 2)
    assert (metrics.loc["distinct_stable", "k"], metrics.loc["sun_0.1", "k"]) == (1, 1)


def test_another_crystal_after_relaxation_has_no_displacement(config):
    table = structure_table(
        [caesium_chloride(name="x")],
        NONE,
        (),
        relaxation_table(x=None),
        [rocksalt(name="x")],
        hull_table("x"),
        [False],
        config.matching,
    )
    assert table["rms_to_relaxed"].isna().all()


@pytest.mark.parametrize("structures", [[], [rocksalt(name="lost")]])
def test_nothing_may_come_out(structures, config):
    lost = {atoms.info["id"]: "not_converged" for atoms in structures}
    table = structure_table(structures, NONE, (), relaxation_table(**lost), [], hull_table(), [], config.matching)
    assert list(table.columns) == COLUMNS
    assert len(table) == len(structures)
    metrics = measure(table, Coverage(frozenset(), 3), config.metrics).set_index("metric")
    assert metrics.loc["distinct_metastable", "k"] == 0
    assert metrics.loc["distinct_metastable", "n"] == len(structures)
