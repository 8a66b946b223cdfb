import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from ccdcgan.judging.intervals import interval


@given(st.integers(0, 200), st.integers(1, 200))
def test_the_interval_is_that_of_wilson(k, n):
    """Its bounds are where the score test just does not refuse the share (Wilson 1927)."""
    k = min(k, n)
    low, high = interval(k, n)
    assert 0 <= low <= k / n <= high <= 1
    for bound in (low, high):
        if 0 < bound < 1:
            assert abs(k / n - bound) == pytest.approx(norm.ppf(0.975) * np.sqrt(bound * (1 - bound) / n), rel=1e-6)


def test_there_is_no_interval_of_nothing():
    assert np.isnan(interval(0, 0)).all()
