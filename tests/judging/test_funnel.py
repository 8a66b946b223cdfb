import copy

import pandas as pd
import pytest

from ccdcgan.judging.funnel import Variant, build_funnel, check_sums, passes_screening


@pytest.fixture
def funnel(config):
    predicted = pd.Series({"m-0": -0.3, "m-1": 0.2, "m-2": 0.5, "m-3": 0.4})
    relaxation = pd.DataFrame(
        {
            "id": ["m-0", "m-1", "m-2", "m-3"],
            "status": ["relaxed", "rejected", "relaxed", "rejected"],
            "reason": [None, "volume", None, "not_converged"],
        }
    )
    judged = pd.DataFrame(
        {
            "id": ["m-0", "m-2"],
            "formation_energy": [-0.2, 0.1],
            "negative_formation_energy": [True, False],
            "metastable": [True, False],
            "stable": [True, False],
            "distinct": [True, True],
        }
    )
    not_decoded = pd.DataFrame({"id": ["m-4", "m-5"], "reason": ["no_atoms", "no_lattice"]})
    models = {
        "dcgan": Variant(6, not_decoded, predicted, relaxation, judged),
        "dcgan+constraint": Variant(6, not_decoded, predicted, relaxation, judged[judged["id"] == "m-0"]),
    }
    database = pd.DataFrame(
        {
            "formation_energy": [-0.2, -0.1, 0.3, 0.2],
            "energy_above_hull": [0.0, 0.12, 0.4, 0.2],
            "split": ["train", "held_out", "train", "subsystem"],
        }
    )
    return build_funnel(
        "name",
        pd.DataFrame({"id": list("abcdg")}),
        pd.DataFrame({"id": list("ef"), "reason": ["duplicate", "duplicate"]}),
        database,
        pd.DataFrame({"id": ["d"], "reason": ["volume"]}),
        pd.DataFrame({"split": ["train", "train", "held_out", "subsystem"], "matched": [True, False, True, False]}),
        models,
        0.3,
        config.hull,
    )


def test_counts(funnel):
    assert funnel["prototypes"] == {"enumerated": 7, "sampled": 5, "rejected": {"duplicate": 2}}
    assert funnel["database"] == {
        "prototypes": 5,
        "relaxed": 4,
        "rejected": {"volume": 1},
        "negative_formation_energy": 2,
        "metastable": 2,
        "stable": 1,
        "subsystems": 1,
        "reconstructed": {"train": {"n": 2, "matched": 1}, "held_out": {"n": 1, "matched": 1}},
    }
    assert funnel["models"]["dcgan"] == {
        "generated": 6,
        "decoded": 4,
        "rejected": {
            "decoding.no_atoms": 1,
            "decoding.no_lattice": 1,
            "relaxation.not_converged": 1,
            "relaxation.volume": 1,
        },
        "relaxed": 2,
        "negative_formation_energy": 1,
        "metastable": 1,
        "stable": 1,
        "distinct": 2,
        "distinct_metastable": 1,
        "distinct_stable": 1,
        "mean_formation_energy": -0.05,
    }


def test_screening_comes_before_relaxation(funnel):
    screened = funnel["models"]["dcgan+constraint"]
    assert screened["decoded"] == 4
    assert screened["rejected"]["screening.screened"] == 2
    assert "relaxation.not_converged" not in screened["rejected"]
    assert screened["relaxed"] == 1
    predicted = pd.Series([0.3, 0.31])
    assert list(passes_screening(predicted, "dcgan+constraint", 0.3)) == [True, False]
    assert list(passes_screening(predicted, "ccdcgan", 0.3)) == [True, True]


def test_sums_close(funnel):
    assert check_sums(funnel) == []


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (("prototypes", "sampled"), "prototypes"),
        (("database", "relaxed"), "database"),
        (("database", "reconstructed", "train", "n"), "reconstruction"),
        (("models", "dcgan", "decoded"), "dcgan, decoding"),
        (("models", "dcgan+constraint", "relaxed"), "dcgan+constraint"),
    ],
)
def test_a_lost_structure_is_found(funnel, path, word):
    broken = copy.deepcopy(funnel)
    block = broken
    for key in path[:-1]:
        block = block[key]
    block[path[-1]] -= 1
    assert any(sentence.startswith(word) for sentence in check_sums(broken))
