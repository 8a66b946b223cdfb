import json
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from ccdcgan.reporting.pages.candidates import candidates_page
from ccdcgan.reporting.pages.comparison import compare, comparison_table


class Tables(HTMLParser):
    """Cells of all tables of a page, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def tables(
    funnel: Path, published: Path, folder: Path, system: Sequence[str] = ("Bi", "Se")
) -> tuple[Tables, pd.DataFrame]:
    compare(funnel, published, system, folder / "comparison.html")
    page = Tables((folder / "comparison.html").read_text())
    return page, pd.read_csv(folder / "comparison.csv", index_col=["block", "count"])


def test_every_count_of_the_table_is_one_of_the_files(funnel: Path, published: Path, tmp_path: Path) -> None:
    _, table = tables(funnel, published, tmp_path)
    ours, paper = json.loads(funnel.read_text()), json.loads(published.read_text())
    for model in ("dcgan", "dcgan+constraint", "ccdcgan"):
        for side, counts in (("run", ours["models"][model]), ("paper", paper["models"][model])):
            for count in table.loc[model].index.drop("kept"):
                value = table.loc[(model, count), side]
                assert value == counts[count] or (pd.isna(value) and counts[count] is None)
    for count in ("prototypes", "relaxed", "negative_formation_energy", "metastable", "stable"):
        assert table.loc[("database", count), "run"] == ours["database"][count]
        assert table.loc[("database", count), "paper"] == paper["database"][count]
    assert list(table.loc[("dcgan+constraint", "kept"), ["run", "run_of"]]) == [25, 40]
    assert list(table.loc[("dcgan+constraint", "relaxed"), ["run", "run_of"]]) == [20, 25]
    assert list(table.loc[("database", "reconstructed"), ["run", "run_of", "run_percent"]]) == [28, 40, 70]
    assert list(table.loc[("database", "reconstructed_held_out"), ["run", "run_of"]]) == [1, 4]


def test_fractions_of_the_paper(funnel: Path, published: Path, tmp_path: Path) -> None:
    _, table = tables(funnel, published, tmp_path)
    percent = table["paper_percent"].round(1)
    for block, count, expected in [
        ("dcgan", "decoded", 21.8),
        ("ccdcgan", "decoded", 28.8),
        ("dcgan", "metastable", 43.5),
        ("dcgan+constraint", "metastable", 53.3),
        ("dcgan+constraint", "negative_formation_energy", 94.8),
        ("database", "negative_formation_energy", 46.8),
        ("database", "reconstructed", 96.0),
    ]:
        assert percent[block, count] == expected


def test_the_page_shows_both_sides_and_the_slips_of_the_paper(funnel: Path, published: Path, tmp_path: Path) -> None:
    page, _ = tables(funnel, published, tmp_path)
    rows = {row[0]: row[1:] for row in page.rows if row[0]}
    assert rows["decoded into crystal structures"][:2] == ["40 / 130\n30.8%", "2,832 / 13,000\n21.8%"]
    assert rows["2D crystal graphs generated"] == ["130", "13,000"] * 3
    mean = ["−0.071", "−0.08", "−0.092", "−0.09", "0.000", "−0.11"]
    assert rows["mean formation energy (eV/atom)"] == mean
    notes = json.loads(published.read_text())["notes"]
    for letter, item in zip("abcdefgh", notes, strict=False):
        assert item["text"] in page.text
        assert sum(f"[{letter}]" in cell for row in page.rows for cell in row) == 1
    assert rows["kept for relaxation"][3] == "2,148 / 2,832 [d]\n75.8%"
    assert rows["relaxation: not converged"] == ["3", "8", "5", "13"]
    assert rows["screening: screened"] == ["0", "0", "15", "0"]


def test_the_heading_follows_from_the_counts(funnel: Path, published: Path, tmp_path: Path) -> None:
    page, _ = tables(funnel, published, tmp_path)
    assert "Laptop-scale run beside the paper, not at its scale" in page.text
    assert "130 crystal graphs for each model (paper: 13,000, 100.0 times as many)" in page.text
    assert "40 relaxed structures (paper: 9,810, 245.2 times as many)" in page.text
    counts = json.loads(funnel.read_text())
    counts["database"]["relaxed"] = 9810
    for model in counts["models"].values():
        model["generated"] = 26000
    funnel.write_text(json.dumps(counts))
    page, _ = tables(funnel, published, tmp_path)
    assert "Laptop" not in page.text
    assert "26,000 crystal graphs for each model (paper: 13,000, 2.0 times fewer)" in page.text
    assert "9,810 relaxed structures (paper: 9,810, as many)" in page.text


def test_a_model_that_was_not_run_or_made_nothing(funnel: Path, published: Path, tmp_path: Path) -> None:
    counts = json.loads(funnel.read_text())
    del counts["models"]["ccdcgan"]
    nothing = dict.fromkeys(counts["models"]["dcgan"], 0)
    nothing |= {"generated": 5, "rejected": {"decoding.no_atoms": 5}, "mean_formation_energy": None}
    counts["models"] = {"dcgan": nothing, "dcgan+constraint": nothing}
    funnel.write_text(json.dumps(counts))
    page, table = tables(funnel, published, tmp_path)
    assert table.loc["ccdcgan", "run"].isna().all()
    rows = {row[0]: row[1:] for row in page.rows if row[0]}
    assert rows["stable"][0] == "0 / 0"
    assert rows["mean formation energy (eV/atom)"] == ["–", "−0.08", "–", "−0.09", "–", "−0.11"]
    assert rows["distinct"][4:] == ["–", "511 / 3,743\n13.7%"]
    assert "5 crystal graphs for each model" in page.text


def test_a_model_that_the_paper_has_not_stands_beside_the_others(funnel: Path, published: Path, tmp_path: Path) -> None:
    counts = json.loads(funnel.read_text())
    counts["models"]["flow"] = counts["models"]["dcgan"] | {"generated": 999}
    funnel.write_text(json.dumps(counts))
    page, table = tables(funnel, published, tmp_path)
    assert table.loc[("flow", "generated"), "run"] == 999
    rows = {row[0]: row[1:] for row in page.rows if row[0]}
    assert rows["2D crystal graphs generated"] == [*["130", "13,000"] * 3, "999"]
    assert "130 crystal graphs for each model (paper" in page.text


def test_the_paper_does_not_stand_beside_another_system(funnel: Path, published: Path, tmp_path: Path) -> None:
    page, table = tables(funnel, published, tmp_path, ["Ga", "N"])
    assert table["paper"].isna().all()
    assert "paper" not in page.text.partition("</style>")[2]
    rows = {row[0]: row[1:] for row in page.rows if row[0]}
    assert rows["2D crystal graphs generated"] == ["130"] * 3
    assert rows["decoded into crystal structures"][0] == "40 / 130\n30.8%"
    assert "Counts of this run" in page.text
    assert "13,000" not in page.text
    assert "9,810" not in page.text


def test_the_same_counts_give_the_same_bytes(funnel: Path, published: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        tables(funnel, published, folder)
    for name in ("comparison.html", "comparison.csv"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_published_numbers_agree_with_each_other(published: Path) -> None:
    paper = json.loads(published.read_text())
    table = comparison_table({"database": paper["database"], "models": {}}, paper)
    assert (table["paper"].dropna() <= table["paper_of"].fillna(1e9)[table["paper"].notna()]).all()
    cells = set(zip(table["block"], table["count"], strict=True))
    assert {(note["block"], note["count"]) for note in paper["notes"]} <= cells
    for model in paper["models"].values():
        assert model["stable"] <= model["metastable"] <= model["negative_formation_energy"] <= model["kept"]
        assert model["distinct_stable"] <= model["distinct_metastable"] <= model["distinct"]


CANDIDATE = {
    "id": "ccdcgan-000007",
    "models": "dcgan+constraint ccdcgan",
    "formula": "Bi4Se2",
    "space_group": 166,
    "formation_energy": -0.139,
    "energy_above_hull": -0.0004,
    "disagreement": 0.0123,
    "predicted_formation_energy": None,
    "metastable": True,
    "stable": False,
    "nearest_known": "aflow-000001",
    "nearest_distance": 0.0214,
}


@pytest.mark.parametrize(("count", "best"), [(0, 10), (3, 10), (3, 2)])
def test_candidates_page(tmp_path: Path, count: int, best: int) -> None:
    rows = pd.DataFrame([CANDIDATE] * count, columns=list(CANDIDATE))
    rows.to_csv(tmp_path / "candidates.csv", index=False)
    candidates_page(tmp_path / "candidates.csv", tmp_path / "candidates.html", best=best)
    text = (tmp_path / "candidates.html").read_text()
    page = Tables(text)
    assert len(page.rows) == 1 + min(count, best)
    assert f"The {min(count, best)} lowest above the hull of the database, of {count} distinct candidates" in page.text
    if count:
        assert page.rows[1] == [
            "ccdcgan-000007",
            "DCGAN + constraint, CCDCGAN",
            "Bi4Se2",
            "R3̅m (166)",
            "−0.139",
            "0.000",
            "0.012",
            "–",
            "meta-stable",
            "aflow-000001 (0.021)",
        ]
        assert "Bi<sub>4</sub>Se<sub>2</sub>" in text
