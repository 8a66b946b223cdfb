import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ccdcgan.generators.names import (
    CONTROLS,
    FLOW,
    FLOWS,
    GAN,
    GANS,
    GRAPHS,
    HOLDOUT,
    MODEL,
    NOISY,
    SAMPLED,
    TRAINING,
    VARIANT,
    Training,
    check_formula,
    choice_of,
    holdout_of,
    is_control,
    model_of,
    of_seed,
    parse_training,
    simple_compositions,
)

SYSTEM = ["Bi", "Se"]
amounts = st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(any)
formulas = amounts.map(lambda pair: Composition(dict(zip(SYSTEM, pair, strict=True))).reduced_formula)
seeds = st.none() | st.integers(0, 2**32)
weights = st.none() | st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 1000).map(float)
choices = {"seed": seeds, "without": st.none() | formulas, "best": st.none() | st.integers(2, 10**6)}
asked = st.none() | st.dictionaries(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True),
    st.floats(-1e6, 1e6, allow_subnormal=False),
    max_size=3,
).map(lambda values: tuple(values.items()))
trainings = st.one_of(
    st.builds(Training, st.just("dcgan"), **choices),
    st.builds(Training, st.just("ccdcgan"), weight=weights, **choices),
    st.builds(Training, st.just("flow"), asked=asked, **choices),
)


@given(trainings)
def test_a_name_is_read_as_what_was_written(training):
    assert parse_training(str(training)) == training


@given(trainings, trainings)
def test_names_differ_where_trainings_do(one, other):
    assert (str(one) == str(other)) == (one == other)


@given(trainings)
def test_every_name_is_a_wildcard_and_safe_in_a_path(training):
    name = str(training)
    for pattern in (SAMPLED, GRAPHS, MODEL, VARIANT):
        assert re.fullmatch(pattern, name)
    # What is trained does not depend on how it is sampled, and one rule makes it.
    plain = training.best is None and training.asked is None
    assert bool(re.fullmatch(TRAINING, name)) == plain
    assert bool(re.fullmatch(GANS, name)) == (training.network != "flow") != bool(re.fullmatch(FLOWS, name))
    assert bool(re.fullmatch(GAN, name)) == (plain and training.network != "flow")
    assert bool(re.fullmatch(FLOW, name)) == (plain and training.network == "flow")
    assert re.fullmatch(VARIANT, f"{name}+constraint")
    assert not re.fullmatch(MODEL, f"{name}+constraint")
    assert re.fullmatch(HOLDOUT, training.holdout)
    assert re.fullmatch(r"[A-Za-z0-9.=_-]+", name)
    assert model_of(name) == model_of(f"{name}+constraint") == name
    assert holdout_of(name) == training.holdout == (training.without or "none")


@given(
    st.text("dcganwithousetBiS0123.-+=fl", max_size=40) | st.text("flow-=01.Biseed", max_size=30).map("flow-".__add__)
)
def test_what_can_be_read_is_written_the_same(name):
    try:
        training = parse_training(name)
    except ValueError:
        return
    assert str(training) == name


@pytest.mark.parametrize(
    ("name", "training"),
    [
        ("dcgan", Training("dcgan")),
        ("ccdcgan", Training("ccdcgan")),
        ("ccdcgan-weight0.3", Training("ccdcgan", weight=0.3)),
        ("ccdcgan-weight0", Training("ccdcgan", weight=0.0)),
        ("ccdcgan-weight0.00001", Training("ccdcgan", weight=1e-5)),
        ("dcgan-seed1", Training("dcgan", seed=1)),
        ("ccdcgan-without-BiSe3", Training("ccdcgan", without="BiSe3")),
        ("ccdcgan-weight100-seed0-without-Bi2Se", Training("ccdcgan", 100.0, 0, "Bi2Se")),
        ("dcgan-best10", Training("dcgan", best=10)),
        ("ccdcgan-seed2-without-BiSe-best2", Training("ccdcgan", None, 2, "BiSe", 2)),
        ("flow", Training("flow")),
        ("flow-nothing", Training("flow", asked=())),
        ("flow-formation_energy=-0.35-seed1", Training("flow", seed=1, asked=(("formation_energy", -0.35),))),
        (
            "flow-energy_above_hull=0-Bi=0.4-without-Bi2Se3-best10",
            Training("flow", without="Bi2Se3", best=10, asked=(("energy_above_hull", 0.0), ("Bi", 0.4))),
        ),
        ("flow-seed=1", Training("flow", asked=(("seed", 1.0),))),
    ],
)
def test_the_grammar(name, training):
    assert parse_training(name) == training
    assert str(training) == name


@pytest.mark.parametrize(
    "name",
    [
        "dcgan-weight0.3",
        "ccdcgan-seed1-weight0.3",
        "ccdcgan-weight0.30",
        "ccdcgan-weight-1",
        "ccdcgan-weight.3",
        "ccdcgan-weight00",
        "ccdcgan-seed01",
        "ccdcgan-without-none",
        "ccdcgan-without-",
        "dcgan-best1",
        "dcgan-best010",
        "dcgan-best10-seed1",
        "latents-best10",
        "ccdcgan+constraint",
        "wgan",
        "flow-weight0.3",
        "flow-Bi=0.40",
        "flow-Bi=-0",
        "flow-Bi=0.4-Bi=0.5",
        "flow-seed1-Bi=0.4",
        "flow-nothing-Bi=0.4",
        "flow-=1",
        "dcgan-Bi=0.4",
        *CONTROLS,
    ],
)
def test_what_is_no_name_of_a_training(name):
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        parse_training(name)


def test_a_seed_is_put_where_it_belongs():
    assert of_seed("dcgan-best10", 1, 0) == "dcgan-seed1-best10"
    assert of_seed("dcgan-seed1-best10+constraint", 0, 0) == "dcgan-best10+constraint"


def test_controls_share_what_is_trained_on_everything():
    for name in CONTROLS:
        assert re.fullmatch(MODEL, name)
        assert holdout_of(name) == "none"
    assert [name for name in CONTROLS if re.fullmatch(GRAPHS, name)] == ["latents", "weighted_latents"]


def test_the_best_of_several_is_a_control_where_graphs_are_drawn():
    for name in ("latents-best10", "weighted_latents-best2"):
        assert re.fullmatch(NOISY, name)
        assert re.fullmatch(GRAPHS, name)
        assert re.fullmatch(VARIANT, name)
        assert is_control(name)
        assert holdout_of(name) == "none"
    assert choice_of("latents-best10") == choice_of("dcgan-seed1-best10") == 10
    assert choice_of("latents") == choice_of("ccdcgan") == 1
    assert not is_control("dcgan-best10")
    for name in ("random-best10", "substitution-best10", "latents-best1", "latents-seed1"):
        assert not re.fullmatch(VARIANT, name)


@given(amounts)
def test_one_formula_for_each_composition(pair):
    composition = Composition(dict(zip(SYSTEM, pair, strict=True)))
    check_formula("".join(f"{symbol}{int(n) if n > 1 else ''}" for symbol, n in reduced(pair)), SYSTEM)
    doubled = "".join(f"{symbol}{int(2 * n)}" for symbol, n in composition.items())
    with pytest.raises(ValueError, match="which is"):
        check_formula(doubled, SYSTEM)


def reduced(pair):
    composition = Composition(dict(zip(SYSTEM, pair, strict=True))).element_composition
    amounts = composition.to_reduced_dict if len(composition) > 1 else {str(composition.elements[0]): 1}
    return sorted(amounts.items())


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("bise3", ["no formula", "Bi-Se"]),
        ("BiTe", ["element Te"]),
        ("Se3Bi", ["'BiSe3'"]),
        ("Bi2Se2", ["'BiSe'"]),
        ("BiSeBi", ["'Bi2Se'"]),
        ("Bi0Se", ["no Bi"]),
        ("", ["no formula"]),
    ],
)
def test_a_formula_that_cannot_be_left_out(formula, words):
    with pytest.raises(ValueError, match="expected the reduced formula") as caught:
        check_formula(formula, SYSTEM)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("system", "formulas"),
    [
        (["Bi", "Se"], ["BiSe3", "Bi2Se3", "Bi2Se", "Bi3Se"]),
        (["Ga", "N"], ["GaN3", "Ga2N3", "Ga2N", "Ga3N"]),
        (["Li", "Fe", "O"], ["LiFeO", "Li2FeO", "LiFe2O", "LiFeO2"]),
    ],
)
def test_simple_compositions_of_any_system(system: list[str], formulas: list[str]) -> None:
    assert simple_compositions(system) == formulas
    for formula in formulas:
        check_formula(formula, system)
