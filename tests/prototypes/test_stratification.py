"""The order of which every beginning is a stratified sample."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ccdcgan.prototypes.stratification import stratified_order

STRATA = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=40)


@settings(deadline=None)
@given(STRATA, st.integers(0, 99))
def test_every_item_once(strata: list[tuple[str, int]], seed: int) -> None:
    order = stratified_order(strata, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(strata)))


@settings(deadline=None)
@given(STRATA, st.integers(0, 99))
def test_every_beginning_is_even_over_the_outer_level(strata: list[tuple[str, int]], seed: int) -> None:
    order = stratified_order(strata, np.random.default_rng(seed))
    total = Counter(outer for outer, _ in strata)
    for size in range(len(order) + 1):
        taken = Counter(strata[index][0] for index in order[:size])
        unfinished = [taken[outer] for outer in total if taken[outer] < total[outer]]
        assert max(taken.values(), default=0) <= min(unfinished, default=len(strata)) + 1


@settings(deadline=None)
@given(STRATA, st.integers(0, 99))
def test_every_beginning_is_even_over_the_inner_level(strata: list[tuple[str, int]], seed: int) -> None:
    order = stratified_order(strata, np.random.default_rng(seed))
    for outer in {outer for outer, _ in strata}:
        inner = [strata[index][1] for index in order if strata[index][0] == outer]
        kinds = len(set(inner))
        assert len(set(inner[:kinds])) == kinds


def test_seed_decides() -> None:
    strata = [(index % 5, index % 3) for index in range(60)]
    first, same, other = (stratified_order(strata, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == same
    assert first != other
