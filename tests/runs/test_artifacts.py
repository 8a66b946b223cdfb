import errno
import json
import shutil
import zipfile
from pathlib import Path

import h5py
import pytest

from ccdcgan.runs.artifacts import RECORDS, check_writable, explain, forget, record, recorded_versions, set_aside

RUN = Path("results/test")
VERSIONS = {"numpy": "2.4.6"}


@pytest.fixture(autouse=True)
def artifacts(tmp_path, monkeypatch) -> dict[str, Path]:
    """Outputs of every kind, each of a job of its own but the last two."""
    monkeypatch.chdir(tmp_path)
    RUN.mkdir(parents=True)
    files = {name: RUN / "stage" / name for name in ("graphs.h5", "network.keras", "cells.extxyz", "table.csv")}
    files["graphs.h5"].parent.mkdir()
    with h5py.File(files["graphs.h5"], "w") as file:
        file["graphs"] = [[1.0] * 100]
    with zipfile.ZipFile(files["network.keras"], "w") as archive:
        archive.writestr("config.json", "{}" * 100)
    files["cells.extxyz"].write_text("1\nid=a\nBi 0 0 0\n1\nid=b\nSe 0 0 0\n")
    files["table.csv"].write_text("id,energy\na,1\nb,2\n")
    files["cif"] = RUN / "cif"
    files["cif"].mkdir()
    (files["cif"] / "a.cif").write_text("data_a\n")
    for outputs in (["graphs.h5"], ["network.keras"], ["cells.extxyz", "table.csv"], ["cif"]):
        record([files[name] for name in outputs], VERSIONS)
    (files["cif"] / ".snakemake_timestamp").touch()
    return files


def test_what_is_whole_stays():
    assert set_aside(RUN) == []


@pytest.mark.parametrize("name", ["graphs.h5", "network.keras", "cells.extxyz", "table.csv"])
@pytest.mark.parametrize("left", ["half", "without the last line", "nothing"])
def test_what_was_cut_is_named_and_set_aside(artifacts, name, left):
    path = artifacts[name]
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes({"half": whole[: len(whole) // 2], "without the last line": b"".join(lines[:-1])}.get(left, b""))
    size = path.stat().st_size
    (sentence,) = set_aside(RUN)
    assert sentence == f"{path}: found {size} bytes, expected {len(whole)} bytes; kept as {path}.broken and made again."
    assert not path.exists()
    assert Path(f"{path}.broken").stat().st_size == size
    assert all(other.exists() for other in artifacts.values() if other != path)
    assert set_aside(RUN) == []


def test_a_folder_is_set_aside_with_all_that_is_in_it(artifacts):
    for _ in range(2):
        (artifacts["cif"] / "a.cif").write_text("data_")
        assert set_aside(RUN) == [
            "results/test/cif/a.cif: found 5 bytes, expected 7 bytes; kept as results/test/cif.broken and made again."
        ]
        shutil.move(f"{artifacts['cif']}.broken", artifacts["cif"])
    (artifacts["cif"] / "a.cif").unlink()
    (sentence,) = set_aside(RUN)
    assert "cif/a.cif: found nothing, expected 7 bytes" in sentence


def test_a_job_that_begins_may_write_other_lengths(artifacts):
    outputs = [artifacts["cells.extxyz"], artifacts["table.csv"]]
    forget(outputs)
    artifacts["table.csv"].write_text("id\n")
    assert set_aside(RUN) == []
    record(outputs, VERSIONS)
    assert set_aside(RUN) == []


def test_a_record_that_was_cut_itself_says_nothing(artifacts):
    for path in (RUN / RECORDS).rglob("*.json"):
        path.write_text(path.read_text()[:20])
    artifacts["table.csv"].write_text("")
    assert set_aside(RUN) == []


def test_versions_are_those_of_all_jobs(artifacts):
    record([artifacts["network.keras"]], {"keras": "3.15.1", "numpy": "2.4.5"})
    assert recorded_versions(RUN) == {"keras": "3.15.1", "numpy": "2.4.5, 2.4.6"}


def test_a_folder_that_is_to_be_made_is_tried_where_it_will_be():
    check_writable(Path("results/other/stage"))
    assert not Path("results/other").exists()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a/b.csv"), "a/b.csv: no space is left on the device"),
        (OSError(errno.EROFS, "Read-only file system", "a/b.csv"), "a/b.csv: the file system is read-only"),
        (PermissionError(errno.EACCES, "Permission denied", "a/b.csv"), "a/b.csv: this user may not write here"),
        (OSError("Unable to write (errno = 28, error message = '...')"), "here: no space is left on the device"),
        (OSError(errno.ENOENT, "No such file", "a/b.csv"), None),
        (ValueError("28"), None),
    ],
)
def test_a_disk_that_takes_no_more_is_told_in_one_sentence(error, words):
    sentence = explain(error, "here")
    assert sentence is None if words is None else sentence.startswith(words)
    assert sentence is None or sentence.count("\n") == 0


def test_a_record_is_json_of_its_job(artifacts):
    path = RUN / RECORDS / "stage/cells.extxyz.json"
    assert json.loads(path.read_text())["lengths"].keys() == {
        str(artifacts["cells.extxyz"]),
        str(artifacts["table.csv"]),
    }
