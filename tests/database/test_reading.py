"""A database that is read back."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from ccdcgan.config.errors import ConfigError
from ccdcgan.database.reading import read_known
from tests.conftest import ROOT

READY_MADE = ROOT / "resources/databases/bi-se"


@pytest.fixture
def ready_made(tmp_path) -> Path:
    return Path(shutil.copytree(READY_MADE, tmp_path / "bi-se"))


def test_a_ready_made_database_is_that_of_its_own_run(config):
    known = read_known(READY_MADE, config)
    assert [atoms.info["id"] for atoms in known.structures] == list(known.table["id"])
    assert json.loads((READY_MADE / "database.json").read_text())["counts"]["relaxed"] == len(known.structures)
    assert known.references.energies["Bi"] == pytest.approx(-3.8825, abs=1e-4)


def test_the_database_of_a_run_is_read(known, config):
    read = read_known(known, config)
    assert [atoms.info["id"] for atoms in read.structures] == list(read.table["id"]) == ["bi2se3", "rs"]
    assert read.references.energies == {"Bi": -3.9, "Se": -3.5}


def said(folder, config) -> str:
    with pytest.raises(ValueError, match=r"found .*, expected ") as caught:
        read_known(folder, config)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("references.json", b"", "references.json: found JSONDecodeError"),
        ("references.json", b"[1]", "references.json: found TypeError"),
        ("references.json", b"{}", "references.json: found TypeError"),
        (
            "references.json",
            b'{"energies": 5, "ids": {}, "compared": {}, "scale": "", "second_energies": null}',
            "references.json: found TypeError",
        ),
        ("references.json", b"\xff\xfe", "references.json: found UnicodeDecodeError"),
        (
            "references.json",
            b'{"energies": {"Ga": 0, "N": 0}, "ids": {}, "compared": {}, "scale": "", "second_energies": null}',
            "found a database of Ga-N, expected Bi-Se",
        ),
        ("table.csv", b"", "table.csv: found EmptyDataError"),
        ("table.csv", b"\xff\xfe\x00", "table.csv: found UnicodeDecodeError"),
        ("table.csv", b"id,formula\nbi2se3,Bi2Se3\nrs,BiSe\n", "a table without column energy_per_atom"),
        ("table.csv", b"id,formula,energy_per_atom\nrs,BiSe,-3.75\n", "1 rows in the table and 2 structures"),
        ("structures.extxyz", b"no structure", "structures.extxyz: found ValueError"),
        ("structures.extxyz", b"", "2 rows in the table and 0 structures"),
    ],
)
def test_a_broken_file_of_a_run_is_named(known, config, name, content, words):
    (known / "database" / name).write_bytes(content)
    assert words in said(known, config)


@pytest.mark.parametrize("name", ["structures.extxyz", "table.csv", "references.json"])
def test_a_missing_file_of_a_run_is_named(known, config, name):
    (known / "database" / name).unlink()
    assert f"found no database/{name}" in said(known, config)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("database.json", b"", "found JSONDecodeError in database.json"),
        ("database.json", b"[]", "found TypeError in database.json"),
        ("database.json", b'{"system": ["Bi", "Se"]}', "found KeyError in database.json"),
        ("relaxed.extxyz.gz", b"not packed", "relaxed.extxyz.gz: found BadGzipFile"),
        ("relaxed.extxyz.gz", gzip.compress(b"", mtime=0)[:-9], "relaxed.extxyz.gz: found EOFError"),
        ("relaxation.csv.gz", gzip.compress(b"id\nx\n", mtime=0), "relaxation.csv.gz: found KeyError"),
        ("references.csv.gz", b"", "references.csv.gz: found EmptyDataError"),
    ],
)
def test_a_broken_file_of_a_ready_made_database_is_named(ready_made, config, name, content, words):
    (ready_made / name).write_bytes(content)
    assert words in said(ready_made, config)


def test_a_ready_made_database_on_another_scale_is_refused(ready_made, config):
    other = config.relaxation.model_copy(update={"energy_model": "7net-0"})
    with pytest.raises(ConfigError, match=r"relaxation\.energy_model"):
        read_known(ready_made, config.model_copy(update={"relaxation": other}))
