"""The house: rooms import only from rooms below them, nothing imports in a circle, modules and functions stay short."""

import ast
from pathlib import Path

import grimp
import networkx as nx
import pytest

from ccdcgan.config.project import ROOT

ROOMS = [
    "config",
    "runs",
    "crystals",
    "prototypes",
    "relaxation",
    "database",
    "networks",
    "representation",
    "generators",
    "judging",
    "reporting",
    "cli",
]
"""From the lowest to the highest."""
PACKAGE = ROOT / "workflow/ccdcgan"
LONGEST_MODULE = 350
LONGEST_CONFIG_MODULE = 250
LONGEST_FUNCTION = 60
FREE = "# long: "
"""Before the reason why a module or a function is longer, as a comment in it."""


@pytest.fixture(scope="module")
def imports() -> nx.DiGraph:
    """Every import between two modules of the package, those for type checkers included."""
    graph = grimp.build_graph("ccdcgan", cache_dir=None, exclude_type_checking_imports=False)
    return nx.DiGraph(
        (module, found) for module in graph.modules for found in graph.find_modules_directly_imported_by(module)
    )


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_the_rooms_are_those_of_the_package() -> None:
    assert {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} == set(ROOMS)
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_rooms_import_only_from_rooms_below(imports: nx.DiGraph) -> None:
    height = {f"ccdcgan.{room}": number for number, room in enumerate([*ROOMS, "__main__"])}

    def room(module: str) -> str:
        return ".".join(module.split(".")[:2])

    edges = [(module, found) for module, found in imports.edges if "ccdcgan" not in (module, found)]
    assert len(edges) > 100
    assert [edge for edge in edges if height[room(edge[0])] < height[room(edge[1])]] == []


def test_nothing_imports_in_a_circle(imports: nx.DiGraph) -> None:
    assert list(nx.simple_cycles(imports)) == []


def test_the_interface_of_engines_knows_none_of_them(imports: nx.DiGraph) -> None:
    def inside(module: str) -> set[str]:
        return {found for found in nx.descendants(imports, module) if found.startswith("ccdcgan.relaxation.")}

    assert inside("ccdcgan.relaxation.engine") == set()
    assert {f"ccdcgan.relaxation.{name}" for name in ("potentials", "gpaw")} <= inside("ccdcgan.relaxation.registry")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_lives_in_it(room: str) -> None:
    words = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text())) or ""
    assert len(words.split()) > 15
    assert room == "config" or "import" in words.lower()


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    lines = text.splitlines()
    longest = LONGEST_CONFIG_MODULE if path.parent.name == "config" else LONGEST_MODULE
    assert len(lines) <= longest or FREE in text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            body = lines[node.lineno - 1 : node.end_lineno]
            assert len(body) <= LONGEST_FUNCTION or FREE in "\n".join(body), node.name


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_a_test_stands_where_its_room_stands(path: Path) -> None:
    folder = path.relative_to(ROOT / "tests").parent
    assert folder.parts[0] in {"project", "workflow", "benchmarks"} or (PACKAGE / folder).is_dir()
