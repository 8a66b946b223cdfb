from pathlib import Path

import pandas as pd
from lxml import html

from ccdcgan.reporting.pages.metrics import as_markdown, metrics_page


def test_the_page_holds_counts_shares_and_the_paper(metrics: Path, tmp_path: Path) -> None:
    metrics_page(metrics, tmp_path / "page.html")
    rows = [[cell.text_content() for cell in row.iter("td")] for row in html.parse(tmp_path / "page.html").iter("tr")]
    success = next(row for row in rows if row and row[0] == "distinct and meta-stable")
    assert success[1] == "relaxations"
    assert success[2].startswith("3 / 20\n15.0% (5.2–36.0)")  # Wilson by hand
    assert success[3] == "187 / 3,743\n5.0%"
    assert success[4].startswith("0 / 4")
    seeds = [row[1:4] for row in rows if row and row[0] == "CCDCGAN"]
    assert seeds == [["0", "1 / 10", "100"], ["1", "2 / 10", "200"], ["all", "3 / 20", "150"]]


def test_the_table_for_a_readme_has_a_row_for_each_metric(metrics: Path) -> None:
    lines = as_markdown(pd.read_csv(metrics, dtype={"seed": str})).splitlines()
    assert lines[0] == "| | CCDCGAN | CCDCGAN, paper | random crystals |"
    assert "| distinct and meta-stable | 3 / 20 15.0% (5.2–36.0) | 187 / 3,743 5.0% | 0 / 4 0.0% (0.0–49.0) |" in lines


def test_a_metric_of_nothing_has_no_share(metrics: Path) -> None:
    table = pd.read_csv(metrics, dtype={"seed": str})
    table.loc[table["metric"] == "valid", ["k", "n", "value"]] = [0, 0, float("nan")]
    assert "| valid | 0 / 0 | – | 0 / 0 |" in as_markdown(table).splitlines()
