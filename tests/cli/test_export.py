import hashlib
import json
import zipfile
from pathlib import Path

import pytest
import yaml
from rocrate.rocrate import ROCrate

from ccdcgan.cli.main import main
from ccdcgan.config.loading import parse_config
from tests.cli.test_verify import results  # noqa: F401

ROOT = Path(__file__).parents[2]
LICENCE = ("--license", "CC-BY-4.0")


@pytest.fixture
def crate(results, tmp_path):  # noqa: F811
    target = tmp_path / "run.zip"
    assert main(["export", str(results), *LICENCE, "--author", "A. Person", "--to", str(target)]) == 0
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "unpacked")
    return ROCrate(tmp_path / "unpacked")


def test_every_artifact_is_a_result_of_the_run_with_its_checksum(crate, results, config):  # noqa: F811
    (action,) = crate.get_by_type("CreateAction")
    recorded = json.loads((results / "manifest.json").read_text())["artifacts"]
    made = {entity.id.removeprefix(f"results/{config.run}/"): entity for entity in action["result"]}
    assert set(made) == {name for name in recorded if "POTCAR" not in name} | {"manifest.json"}
    for name, entity in made.items():
        content = Path(crate.source, entity.id).read_bytes()
        assert content == (results / name).read_bytes()
        assert name == "manifest.json" or entity["sha256"] == hashlib.sha256(content).hexdigest()


def test_it_says_which_workflow_made_it_and_of_what(crate, config):
    (action,) = crate.get_by_type("CreateAction")
    assert action["instrument"] == crate.mainEntity
    assert crate.mainEntity["programmingLanguage"]["name"] == "Snakemake"
    given = action["object"]
    assert parse_config(yaml.safe_load(Path(crate.source, given.id).read_text())) == config
    assert given["exampleOfWork"] == crate.mainEntity["input"]
    for name in ("Snakefile", "workflow/rules/gan.smk", "workflow/ccdcgan/generators/gan.py", "requirements.lock"):
        assert Path(crate.source, name).read_bytes() == (ROOT / name).read_bytes()
    assert "keras 3" in action["description"]
    assert crate.license.id == "https://spdx.org/licenses/CC-BY-4.0"
    assert not list(Path(crate.source).rglob("__pycache__"))


def test_what_vasp_forbids_to_hand_on_is_left_out(results, tmp_path, capsys):  # noqa: F811
    target = tmp_path / "run.zip"
    assert main(["export", str(results), *LICENCE, "--to", str(target)]) == 0
    assert "without 1 POTCARs" in capsys.readouterr().out
    with zipfile.ZipFile(target) as archive:
        assert not [name for name in archive.namelist() if "POTCAR" in name]
        assert b"08Apr2002" not in b"".join(map(archive.read, archive.namelist()))


def test_a_run_that_was_changed_is_not_published(results, tmp_path, capsys):  # noqa: F811
    (results / "candidates.csv").write_text("id\n")
    assert main(["export", str(results), *LICENCE, "--to", str(tmp_path / "run.zip")]) == 2
    assert "candidates.csv: changed" in capsys.readouterr().err
    assert not (tmp_path / "run.zip").exists()
