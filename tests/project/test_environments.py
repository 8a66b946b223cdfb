"""The locked environment: lock, pyproject.toml, conda's environments and what is installed agree."""

import ast
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
TORCH = ROOT / "requirements-torch.lock"
ENTRY = re.compile(r"^(\S+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.M)


def entries() -> list[tuple[str, str, int]]:
    """Name, version and number of hashes of every package."""
    found = ENTRY.findall(LOCK.read_text() + TORCH.read_text())
    return [(canonicalize_name(name), pin, hashes.count("--hash")) for name, pin, hashes in found]


def pins() -> dict[str, str]:
    return {name: pin for name, pin, _ in entries()}


def test_every_package_is_locked_once_with_its_hashes():
    text = "".join(line for line in (LOCK.read_text() + TORCH.read_text()).splitlines(True) if not line.startswith("#"))
    assert ENTRY.sub("", text).strip() == ""
    assert len(entries()) == len(pins()) > 100
    assert [name for name, _, hashes in entries() if not hashes] == ["torch"]


def test_the_lock_holds_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)]), requirement


def test_the_project_asks_for_what_it_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dft"]]
    asked += project["optional-dependencies"]["superstructures"]
    names = {canonicalize_name(Requirement(each).name) for each in asked}
    imported = set()
    for path in (ROOT / "workflow").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    others = imported - sys.stdlib_module_names - {"ccdcgan", "tests"}
    assert "gemmi" in others
    distributions = packages_distributions()
    assert [name for name in others if not names & set(map(canonicalize_name, distributions.get(name, [name])))] == []


def test_what_is_installed_has_the_pins_of_the_lock():
    for name, pin in pins().items():
        try:
            assert version(name).partition("+")[0] == pin, name
        except PackageNotFoundError:
            continue


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda path: path.stem)
def test_conda_environments_have_the_pins_of_the_lock(path):
    packages = yaml.safe_load(path.read_text())["dependencies"][-1]["pip"]
    assert packages
    for package in packages:
        name, pin = package.split("==")
        assert pins()[canonicalize_name(name)] == pin
