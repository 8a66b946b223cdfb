"""Wilson's 95% interval of a share."""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest

__all__ = ["interval"]


def interval(k: int, n: int) -> tuple[float, float]:
    """95% Wilson interval of the share k/n; nan for n = 0."""
    if n == 0:
        return np.nan, np.nan
    bounds = binomtest(k, n).proportion_ci(method="wilson")
    return float(bounds.low), float(bounds.high)
