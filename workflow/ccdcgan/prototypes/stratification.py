"""A seeded order of which every beginning is a stratified sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import zip_longest

import numpy as np

__all__ = ["stratified_order"]


def stratified_order(strata: Sequence[tuple[Hashable, ...]], rng: np.random.Generator) -> list[int]:
    """Order items so that every beginning of the order is spread evenly over the strata.

    The values of the first level take turns, one item each, until all are used up; the items of one value are
    themselves ordered by turns of the second level, and so on. Turns within a level are taken in random order, and so
    are items of one innermost stratum. Samples are nested: the first n items are among the first n + 1.

    Parameters
    ----------
    strata
        For every item its strata, from the outermost level to the innermost; all of one length.
    rng
        Draws the orders.

    Returns
    -------
    list of int
        Every index of ``strata`` once, by falling priority.
    """

    def order(members: list[int], level: int) -> list[int]:
        if level == len(strata[members[0]]):
            return [members[turn] for turn in rng.permutation(len(members))]
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for member in members:
            groups[strata[member][level]].append(member)
        queues = [order(group, level + 1) for group in groups.values()]
        rounds = zip_longest(*(queues[turn] for turn in rng.permutation(len(queues))))
        return [member for each in rounds for member in each if member is not None]

    return order(list(range(len(strata))), 0) if strata else []
