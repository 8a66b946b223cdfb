"""Pages that are written in part."""

import numpy as np
import pandas as pd
import pytest

from ccdcgan.runs.markdown import as_table, between_markers


def test_numbers_are_rounded_and_missing_ones_are_empty():
    table = pd.DataFrame({"phase": ["Bi", None], "n": [3, 4], "energy": [-0.0001, np.nan]})
    assert as_table(table).splitlines() == [
        "| phase | n | energy |",
        "|---|---|---|",
        "| Bi | 3 | 0.000 |",
        "|  | 4 |  |",
    ]


def test_what_stands_around_the_markers_is_kept():
    first, last = markers = ("<!-- written -->", "<!-- end -->")
    page = f"# Title\n\n{first}\nold\n{last}\n\nConclusions\n"
    once = between_markers(page, "new", markers)
    assert once == f"# Title\n\n{first}\n\nnew\n\n{last}\n\nConclusions\n"
    assert between_markers(once, "new", markers) == once
    with pytest.raises(ValueError, match="no pair of markers"):
        between_markers("# Title\n", "new", markers)
