from pathlib import Path

import pandas as pd
import pytest
from lxml import html
from matplotlib.figure import Figure

from ccdcgan.config import Metrics
from ccdcgan.evaluation import COLUMNS
from ccdcgan.figures.metrics import as_markdown, metrics_figure, metrics_page
from ccdcgan.metrics import Coverage, gather

PAPER = {"models": {"ccdcgan": {"generated": 13000, "decoded": 3743, "kept": 3743, "distinct_metastable": 187}}}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    def structures(count: int, successes: int) -> pd.DataFrame:
        rows = [
            {
                "id": str(n),
                "status": "relaxed",
                "valid": True,
                "unique": n < successes,
                "novel": True,
                "metastable": True,
            }
            for n in range(count)
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    tables = {"ccdcgan": structures(10, 1), "ccdcgan-seed1": structures(10, 2), "random": structures(4, 0)}
    path = tmp_path / "metrics.csv"
    gathered = gather(tables, dict.fromkeys(tables, Coverage(frozenset("a"), 9)), Metrics(sun=[0.0]), 0, PAPER)
    gathered.to_csv(path, index=False)
    return path


def test_the_page_holds_counts_shares_and_the_paper(table: Path, tmp_path: Path) -> None:
    metrics_page(table, tmp_path / "page.html")
    rows = [[cell.text_content() for cell in row.iter("td")] for row in html.parse(tmp_path / "page.html").iter("tr")]
    success = next(row for row in rows if row and row[0] == "distinct and meta-stable")
    assert success[1] == "relaxations"
    assert success[2].startswith("3 / 20\n15.0% (5.2–36.0)")  # Wilson by hand
    assert success[3] == "187 / 3,743\n5.0%"
    assert success[4].startswith("0 / 4")
    seeds = [row[1:4] for row in rows if row and row[0] == "CCDCGAN"]
    assert seeds == [["0", "1 / 10", "100"], ["1", "2 / 10", "200"], ["all", "3 / 20", "150"]]


def test_the_figure_has_a_bar_for_each_share(table: Path, tmp_path: Path, figures: list[Figure]) -> None:
    metrics_figure(table, tmp_path / "metrics.png")
    shares = {}
    for axes in figures[0].axes:
        names = [text.get_text() for text in axes.get_yticklabels()]
        widths = [patch.get_width() for patch in axes.patches]
        assert len(widths) == 2 * len(names)
        shares |= dict(zip(names, zip(widths[: len(names)], widths[len(names) :], strict=True), strict=True))
    assert "displacement by relaxation" not in shares
    assert shares["distinct and meta-stable"] == pytest.approx((15, 0))
    assert shares["relaxed"] == pytest.approx((100, 100))
    assert (tmp_path / "metrics.svg").exists()


def test_the_table_for_a_readme_has_a_row_for_each_metric(table: Path) -> None:
    lines = as_markdown(pd.read_csv(table, dtype={"seed": str})).splitlines()
    assert lines[0] == "| | CCDCGAN | CCDCGAN, paper | random crystals |"
    assert "| distinct and meta-stable | 3 / 20 15.0% (5.2–36.0) | 187 / 3,743 5.0% | 0 / 4 0.0% (0.0–49.0) |" in lines
