"""What a user may get wrong when files are judged: each is said in one sentence, with exit code 2."""

import re

import ase.io
import pandas as pd
import pytest

from ccdcgan.cli.main import main
from tests.conftest import rocksalt


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of one structure beside the working directory, which holds the files of the user's mistakes."""
    folder = tmp_path / "made"
    folder.mkdir()
    ase.io.write(folder / "rs.cif", rocksalt())
    here = tmp_path / "here"
    here.mkdir()
    (here / "file").write_text("I am a file")
    (here / "list.yaml").write_text("- a\n")
    (here / "broken.yaml").write_text("gan: [\n")
    (here / "unknown.yaml").write_text("gann: {}\n")
    (here / "infinite.yaml").write_text("matching: {ltol: .inf}\n")
    (here / "text.yaml").write_text("matching: {ltol: wide}\n")
    (here / "several.yaml").write_text("matching: {ltol: 0, stol: .nan}\nseed: -1\n")
    (here / "date.yaml").write_text("seed: 2001-99-99\n")
    (here / "other.yaml").write_text("system: [Ga, N]\n")
    (here / "vasp.yaml").write_text("relaxation: {engine: vasp}\n")
    monkeypatch.chdir(here)
    return folder


def given(known, *options: str) -> list[str]:
    return ["evaluate", "../made", "--database", str(known), "--output", "out", "--no-relax", *options]


def refusal(arguments, capsys) -> str:
    """What is said on stderr: one sentence, by the exit code 2."""
    try:
        code = main(arguments)
    except SystemExit as ended:  # argparse's
        code = ended.code
    told = capsys.readouterr().err
    assert code == 2, told
    assert told.startswith("ccdcgan")  # of an unknown option the main parser tells
    assert told.count("\n") == 1
    assert not re.search("Traceback|validation error|pydantic|Errno|usage", told)
    return told.partition(": ")[2].rstrip("\n")


def test_a_folder_beside_the_working_directory_is_judged(folder, known, capsys):
    assert main(given(known)) == 0
    assert list(pd.read_csv("out/structures.csv")["id"]) == ["rs.cif"]


@pytest.mark.parametrize("path", ["../made/*.cif", "../made/rs.cif", "../here/../made", "{folder}"])
def test_so_are_patterns_and_files(folder, known, path):
    arguments = given(known)
    arguments[1] = path.format(folder=folder)
    assert main(arguments) == 0
    assert len(pd.read_csv("out/structures.csv")) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", "-1"], "--seed: found '-1', expected a whole number from 0 to 2,147,483,647"),
        (["--seed", "one"], "--seed: found 'one', expected a whole number"),
        (["--seed", "1e99"], "--seed: found '1e99', expected a whole number"),
        (["--seed", "nan"], "--seed: found 'nan', expected a whole number"),
        (["--seed", ""], "--seed: found '', expected a whole number"),
        (["--seed"], "argument --seed: expected one argument"),
        (["--threads", "0"], "--threads: found '0', expected a whole number from 1 to 4,096"),
        (["--threads", "-3"], "--threads: found '-3', expected a whole number"),
        (["--threads", "1.5"], "--threads: found '1.5', expected a whole number"),
        (["--threads", "[1"], "--threads: found '[1', expected a whole number"),
        (["--cif-column", "x" * 2000], "--cif-column: found 'xxx"),
        (["--cif-column", "\udcff"], "--cif-column: found '\\udcff', expected text"),
        (["--wrong"], "unrecognized arguments: --wrong"),
        (["--config"], "argument --config: expected at least one argument"),
        (["--config", "nowhere.yaml"], "nowhere.yaml: found no such file or directory, expected a readable YAML file"),
        (["--config", "."], ".: found is a directory"),
        (["--config", "list.yaml"], "list.yaml: found ['a'], expected keys and values"),
        (["--config", "broken.yaml"], "broken.yaml: found a mistake in line 2"),
        (["--config", "unknown.yaml"], "config key 'gann': found an unknown key"),
        (["--config", "infinite.yaml"], "config key 'matching.ltol': found inf, expected a number above 0 and up to"),
        (["--config", "text.yaml"], "config key 'matching.ltol': found 'wide', expected a number above 0 and up to 10"),
        (["--config", "several.yaml"], "config key 'matching.stol': found nan, expected a number"),
        (["--config", "date.yaml"], "date.yaml: found ValueError, expected a readable YAML file"),
        (["--config", "other.yaml"], "found a database of Bi-Se, expected Ga-N"),
        (
            ["--config", "vasp.yaml", "--relax"],
            "config key 'relaxation.vasp.command': found None, expected",
        ),
        (["--output", "file"], "--output file: found a file, expected a folder"),
        (["--output", "file/deeper"], "file/deeper: not a directory"),
        (["--output", "../made"], "--output ../made: found it inside ../made"),
        (["--output", "../made/out"], "--output ../made/out: found it inside ../made"),
        (["--database", "../made"], "found no database/structures.extxyz"),
        (["--database", "file"], "found no database/structures.extxyz"),
        (["--database", "nowhere"], "found no database/structures.extxyz"),
        (["--database", ""], "found no database/structures.extxyz"),
    ],
)
def test_a_wrong_option_is_named(folder, known, capsys, options, words):
    assert words in refusal(given(known, *options), capsys)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere", "found nothing at 'nowhere', expected files"),
        ("../nowhere", "found nothing at '../nowhere', expected files"),
        ("../made/*.xyz", "found nothing at '../made/*.xyz', expected files"),
        ("../made/**x/*", "found '../made/**x/*', expected a pattern"),
        ("", "paths: found '', expected text of 1 to 4,096 characters"),
        ("x" * 5000, "paths: found 'xxx"),
        ("\udcff", "paths: found '\\udcff', expected text"),
        ("file", "file: found no structure, expected at least one"),
    ],
)
def test_a_wrong_path_is_named(folder, known, capsys, path, words):
    arguments = given(known)
    arguments[1] = path
    assert words in refusal(arguments, capsys)


@pytest.mark.parametrize("left_out", ["--database", "--output"])
def test_a_missing_option_is_named(folder, known, capsys, left_out):
    arguments = given(known)
    at = arguments.index(left_out)
    del arguments[at : at + 2]
    assert f"the following arguments are required: {left_out}" in refusal(arguments, capsys)


@pytest.mark.parametrize("name", ["structures.extxyz", "table.csv", "references.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"nonsense\nin\nlines", b"[1, 2]"])
def test_a_database_that_cannot_be_read_is_named(folder, known, capsys, name, content):
    (known / "database" / name).write_bytes(content)
    assert refusal(given(known), capsys).partition(":")[0].endswith((name, known.name))


def test_nothing_is_written_before_all_is_checked(folder, known, capsys):
    refusal(given(known, "--config", "other.yaml"), capsys)
    refusal(given(known, "--threads", "0"), capsys)
    assert not (folder.parent / "here/out").exists()
