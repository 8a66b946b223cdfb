from pathlib import Path

import pandas as pd

from ccdcgan.judging.rediscovery import COLUMNS
from ccdcgan.reporting.pages.known_phases import samples_page


def test_counts_stand_under_their_number_of_graphs(tmp_path: Path) -> None:
    rows = [
        ("dcgan", 1000, "Bi2Se3", "Bi2Se3", 5, 7, 4, 0, 0, None),
        ("dcgan", 1000, "BiSe", "BiSe", 12, 30, 2, 0, 0, None),
        ("dcgan", 13000, "Bi2Se3", "Bi2Se3", 5, 1234, 60, 3, 11, "dcgan-001234"),
        ("dcgan", 13000, "BiSe", "BiSe", 12, 400, 20, 0, 0, None),
    ]
    pd.DataFrame(rows, columns=COLUMNS).to_csv(tmp_path / "samples.csv", index=False)
    samples_page(tmp_path / "samples.csv", tmp_path / "samples.html")
    table = pd.read_html(tmp_path / "samples.html", thousands=None)[0]
    text = (tmp_path / "samples.html").read_text()
    assert "<h2>DCGAN: 0 of 2 from 1,000 graphs, 1 of 2 from 13,000 graphs</h2>" in text
    assert list(table.iloc[0].astype(str)) == ["Bi2Se3", "5", "7", "4", "0 (0)", "1,234", "60", "11 (3)"]
    assert [top for top, _ in table.columns[2:]] == 3 * ["1,000 graphs"] + 3 * ["13,000 graphs"]
