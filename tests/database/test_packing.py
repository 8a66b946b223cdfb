import pandas as pd
import pytest

from ccdcgan.crystals.structures import read_structures
from ccdcgan.database.packing import MARKERS, main, pack
from ccdcgan.database.ready_made import FILES, packed, unpack
from tests.conftest import ROOT, bi2se3


def test_what_is_packed_comes_back(results, tmp_path, config):
    pack(results, tmp_path / "packed", config)
    for name, file in FILES.items():
        unpack(tmp_path / "packed" / packed(file), tmp_path / name)
    rows = pd.read_csv(tmp_path / "table")
    assert list(rows["id"]) == ["bi2se3", "salt", "strained", "lost"]
    lines = [(results / f"relaxation/{name}.csv").read_text().splitlines() for name in ("0000", "0001")]
    assert (tmp_path / "table").read_text().splitlines() == [*lines[0], *lines[1][1:]]
    structures = read_structures(tmp_path / "structures")
    assert [atoms.info["id"] for atoms in structures] == ["bi2se3", "salt", "strained"]
    assert structures[0].positions == pytest.approx(bi2se3().positions, abs=1e-7)
    for name, path in (("prototypes", "prototypes/table.csv"), ("references", "relaxation/references.csv")):
        assert (tmp_path / name).read_bytes() == (results / path).read_bytes()


def test_the_same_run_gives_the_same_files(results, tmp_path, config):
    for folder in ("one", "other"):
        pack(results, tmp_path / folder, config)
    for file in FILES.values():
        assert (tmp_path / "one" / packed(file)).read_bytes() == (tmp_path / "other" / packed(file)).read_bytes()


def test_a_missing_batch_is_an_error(results, tmp_path, config):
    (results / "relaxation/0001.csv").unlink()
    with pytest.raises(ValueError, match="found 2 structures, expected 4"):
        pack(results, tmp_path / "packed", config)


def test_the_datasheet_goes_between_the_markers_of_the_page(results, tmp_path):
    page = tmp_path / "packed/README.md"
    page.parent.mkdir()
    page.write_text("# Title\n" + "\n".join(MARKERS) + "\nWords\n")
    for _ in range(2):
        main([str(results), str(page.parent), "--configfile", str(ROOT / "config/config.yaml")])
        text = page.read_text()
        assert text.startswith("# Title")
        assert text.endswith("Words\n")
        assert text.count("| relaxed | 3 |") == 1
