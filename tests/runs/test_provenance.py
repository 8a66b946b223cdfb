import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ccdcgan.runs.provenance import calculation_folders, code_digest, file_digest, manifest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A copy of the workflow's code that a test may edit."""
    subprocess.run(["cp", "-r", str(ROOT / "workflow"), str(tmp_path / "workflow")], check=True)
    return tmp_path / "workflow"


def digest(checkout: Path, script: str) -> str:
    """Digest of a script of a checkout, by its own package."""
    program = (
        "from pathlib import Path; from ccdcgan.runs.provenance import code_digest; "
        f"print(code_digest(Path({str(checkout / 'scripts' / script)!r})))"
    )
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    # Started elsewhere: the folder of the repository must not come first on the path.
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=checkout, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    ("module", "changed", "unchanged"),
    [
        (
            "database/hull.py",
            ["hull.py", "gan.py", "outcome.py"],
            ["autoencoders.py", "relaxation.py", "prototypes.py"],
        ),
        ("relaxation/lockstep.py", ["relaxation.py"], ["gan.py", "prototypes.py", "decoding.py"]),
        (
            "networks/training.py",
            ["gan.py", "constraint.py", "autoencoders.py"],
            ["relaxation.py", "hull.py", "voxels.py"],
        ),
        ("crystals/structures.py", ["hull.py", "relaxation.py", "prototypes.py"], []),
    ],
)
def test_a_changed_module_changes_the_scripts_that_use_it_and_no_others(checkout, module, changed, unchanged):
    scripts = changed + unchanged
    before = [digest(checkout, script) for script in scripts]
    path = checkout / "ccdcgan" / module
    path.touch()
    assert [digest(checkout, script) for script in scripts] == before
    path.write_text(path.read_text() + "\nCHANGED = True\n")
    after = [digest(checkout, script) for script in scripts]
    assert [one != other for one, other in zip(before, after, strict=True)] == (
        [True] * len(changed) + [False] * len(unchanged)
    )


@pytest.mark.parametrize("script", sorted(ROOT.glob("workflow/scripts/**/*.py")), ids=lambda path: path.stem)
def test_every_script_has_a_digest(script):
    assert len(code_digest(script)) == 16


def test_the_manifest_names_every_file_with_its_checksum(tmp_path, config):
    (tmp_path / "stage").mkdir()
    (tmp_path / "stage/table.csv").write_text("id\n1\n")
    record = manifest(tmp_path, [tmp_path / "stage/table.csv"], config)
    assert record["artifacts"] == {
        "stage/table.csv": {"sha256": hashlib.sha256(b"id\n1\n").hexdigest(), "bytes": 5},
    }
    assert record["seed"] == config.seed
    assert record["versions"]["keras"]
    other = manifest(tmp_path, [], config.model_copy(update={"seed": 99}))
    assert other["config_digest"] != record["config_digest"]


def test_the_calculations_of_a_batch_are_those_of_its_structures(tmp_path):
    for name in ("a", "b", "of-an-older-run"):
        (tmp_path / "0000" / name).mkdir(parents=True)
    table = tmp_path / "0000.csv"
    table.write_text('id,detail\na,"one, two"\nb,\nwithout-calculation,\n')
    assert calculation_folders(table) == [tmp_path / "0000/a", tmp_path / "0000/b"]
    assert calculation_folders(tmp_path / "0000.extxyz") == []


def test_file_digest_is_that_of_the_bytes(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert file_digest(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()
