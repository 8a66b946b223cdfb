"""What README and documentation say: links lead somewhere, configurations are accepted, commands and names exist."""

import ast
import re
import shlex
import unicodedata
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from snakemake.cli import get_argument_parser
from snakemake.utils import update_config

from ccdcgan.cli.main import COMMANDS
from ccdcgan.config.configuration import Config
from ccdcgan.config.loading import parse_config
from ccdcgan.config.schema import section_of, walk
from ccdcgan.crystals.structures import Reason
from ccdcgan.generators.names import HOLDOUT, MODEL, VARIANT
from ccdcgan.judging.model_metrics import METRICS
from tests.conftest import ROOT
from tests.project.test_rooms import ROOMS

DOCS = ROOT / "docs/pages"
SITE = yaml.safe_load((ROOT / "docs/mkdocs.yml").read_text())
ELSEWHERE = {page: ROOT / source for page, source in SITE["extra"]["elsewhere"].items()}
"""Page of the site -> its file elsewhere in the repository."""
WRITTEN = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
PAGES = [*WRITTEN, *ELSEWHERE.values()]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
PLACEHOLDER = re.compile(r"\b(?:TIME|DISK|MEMORY)_[A-Z0-9_]+\b")
WILDCARDS = {"model": MODEL, "variant": VARIANT, "holdout": HOLDOUT, "batch": "(?:[0-9]+|references|subsystems)"}
TABLES = {
    "candidates.csv": ("ccdcgan.judging.candidates", "COLUMNS"),
    "database/table.csv": ("ccdcgan.database.building", "COLUMNS"),
    "relaxation tables": ("ccdcgan.relaxation.batch", "COLUMNS"),
    "hull tables": ("ccdcgan.judging.hull", "COLUMNS"),
    "evaluation tables and structures.csv": ("ccdcgan.judging.structure_metrics", "COLUMNS"),
    "metrics.csv": ("ccdcgan.judging.model_metrics", "COLUMNS"),
    "prototypes/table.csv": ("ccdcgan.prototypes.substitution", "TABLE_COLUMNS"),
}
"""Heading in docs/pages/reference/files.md -> module and name of its columns."""
BESIDE = {"metrics.csv": {"model", "seed", "paper_k", "paper_n", "paper"}}
"""What comes to those columns."""


class Block(NamedTuple):
    language: str
    text: str


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path) -> list[Block]:
    """Fenced code of a page, without its indentation."""
    return [
        Block(language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, language, text in FENCE.findall(path.read_text())
    ]


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text())


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings that GitHub and the site have alike."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    plain = [re.sub(r"[`*]|\]\(.*?\)", "", heading).lower() for heading in headings]
    github = {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}
    ascii_only = [unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode() for heading in plain]
    site = {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip()) for heading in ascii_only}
    return github & site


def commands(path: Path) -> Iterator[list[str]]:
    """Commands in code without a language and in inline code, as words: make, snakemake, ccdcgan and Python."""
    lines = [
        line for block in blocks(path) if not block.language for line in block.text.replace("\\\n", " ").split("\n")
    ]
    lines += re.findall(r"(?<!`)`((?:make|snakemake|ccdcgan|python) [^`=\n][^`\n]*)`", prose(path))
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and (program := words[0].removeprefix(".venv/bin/")) in ("make", "snakemake", "ccdcgan", "python"):
            yield [program, *words[1:]]


def of_all(program: str) -> list[tuple[str, list[str]]]:
    """Every command of a program on any page, with the page's name, each once."""
    found = {(name(path), tuple(words[1:])) for path in PAGES for words in commands(path) if words[0] == program}
    return [(page, list(words)) for page, words in sorted(found)]


def said(case: tuple[str, list[str]]) -> str:
    return f"{case[0]}: {' '.join(case[1])}"


def default_config() -> dict:
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())


@pytest.fixture(scope="module")
def rules() -> str:
    """The text of all rules."""
    return (
        "\n".join(path.read_text() for path in sorted((ROOT / "workflow").rglob("*.smk")))
        + (ROOT / "workflow/Snakefile").read_text()
    )


@pytest.fixture(scope="module")
def targets(rules: str) -> set[str]:
    """Names of rules: their own, and those of the table of figures."""
    return set(re.findall(r"^ *(?:rule|use rule \w+ as) (\w+)", rules, re.MULTILINE)) | set(
        re.findall(r'^    "(\w+)": ', (ROOT / "workflow/rules/figures.smk").read_text(), re.MULTILINE)
    )


@pytest.fixture(scope="module")
def results(rules: str) -> re.Pattern[str]:
    """Files of a run that rules make."""
    patterns = set(re.findall(r'f"\{RUN\}/([^"]+)"', rules))
    parts = []
    for pattern in patterns:
        pieces = re.split(r"\{+(\w+)\}+", pattern)
        known = [WILDCARDS.get(piece, "[^/]+") if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)]
        parts.append("".join(known))
    return re.compile(rf"results/[^/]+/(?:{'|'.join(parts)})")


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_nothing_is_left_to_be_filled_in(path: Path) -> None:
    assert PLACEHOLDER.findall(path.read_text()) == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_navigation_names_every_page_and_no_other() -> None:
    def pages(entry: object) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        else:
            for each in entry.values() if isinstance(entry, dict) else entry:
                yield from pages(each)

    named = list(pages(SITE["nav"]))
    assert len(named) == len(set(named))
    assert set(named) == {path.relative_to(DOCS).as_posix() for path in WRITTEN[1:]} | set(ELSEWHERE)
    assert all(path.is_file() for path in ELSEWHERE.values())


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_configurations_are_accepted(path: Path) -> None:
    for block in blocks(path):
        if block.language == "yaml":
            values = default_config()
            update_config(values, yaml.safe_load(block.text))
            parse_config(values)


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_keys_and_files_that_are_named_exist(path: Path) -> None:
    schema = Config.model_json_schema()
    keys = {key for key, _ in walk(schema)}
    sections = {key for key, part in walk(schema) if section_of(schema, part)}
    for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(path)):
        key = code.partition(":")[0]
        first, last = key.partition(".")[0], key.rpartition(".")[2]
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", key) and first in sections and last not in FILES:
            assert key in keys, code
        if re.fullmatch(r"(workflow|config|resources|profiles|tests|envs)/[\w./*-]+", code) and path != EXAMPLES:
            assert list(ROOT.glob(code.rstrip("/"))), code


FILES = {"csv", "html", "json", "keras", "md", "zip"}
"""Ends of names that are files and no keys."""
EXAMPLES = DOCS / "contributing/examples.md"
MADE_UP = re.compile(r"perovskites|emt|volumes")
"""Names of the worked examples."""


def test_places_in_the_worked_examples_exist() -> None:
    places = re.findall(r"`((?:workflow|tests|profiles|config)/[\w./-]+)`", prose(EXAMPLES))
    assert len(places) > 20
    assert [place for place in places if not (ROOT / place).exists() and not MADE_UP.search(place)] == []


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_python_is_python_and_imports_what_exists(path: Path) -> None:
    for block in blocks(path):
        if block.language == "python":
            for node in ast.walk(ast.parse(block.text)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ccdcgan"):
                    if MADE_UP.search(node.module or ""):
                        continue
                    for each in node.names:
                        if not (
                            hasattr(import_module(node.module or ""), each.name) or MADE_UP.search(each.name.lower())
                        ):
                            import_module(f"{node.module}.{each.name}")


@pytest.mark.parametrize("case", of_all("make"), ids=said)
def test_make_knows_its_targets(case: tuple[str, list[str]]) -> None:
    text = (ROOT / "Makefile").read_text()
    variables = dict(re.findall(r"^(\w+) [:?]?= ?(.*)$", text, re.MULTILINE))
    known = {
        re.sub(r"\$\((\w+)\)", lambda found: variables[found[1]], target)
        for line in re.findall(r"^([^\s#.:][^:=\n]*|\.venv\S*):(?!=)", text, re.MULTILINE)
        for target in line.split()
    }
    for word in case[1]:
        variable, equals, _ = word.partition("=")
        assert variable in variables if equals else word in known or word.startswith("--"), word


@pytest.mark.parametrize("case", of_all("snakemake"), ids=said)
def test_snakemake_knows_targets_options_and_keys(
    case: tuple[str, list[str]], targets: set[str], results: re.Pattern[str]
) -> None:
    page, words = case
    options = get_argument_parser(profiles=None).parse_args(words)
    for target in options.targets:
        assert target in targets or results.fullmatch(target), target
    own = "\n".join(block.text for block in blocks(ROOT / page) if block.language == "yaml")
    values = default_config()
    for path in options.configfile or []:
        if (ROOT / path).exists():
            update_config(values, yaml.safe_load((ROOT / path).read_text()))
        else:
            assert f"# {path}\n" in own or f"# {path}," in own, path
    for word in options.config or []:
        key, equals, value = word.partition("=")
        assert equals, word
        update_config(values, {key: yaml.safe_load(value)})
    parse_config(values)
    for profile in [*(options.profile or []), options.workflow_profile]:
        assert profile is None or (ROOT / profile / "config.yaml").exists()


@pytest.mark.parametrize("case", of_all("ccdcgan"), ids=said)
def test_ccdcgan_knows_commands_and_options(case: tuple[str, list[str]]) -> None:
    words = case[1]
    if words[0] == "--help":
        return
    assert words[0] in COMMANDS
    if words[1:] and "..." not in words and words[1] != "--help":
        parser = ArgumentParser()
        import_module(COMMANDS[words[0]][0]).add_arguments(parser)
        parser.parse_args(words[1:])


@pytest.mark.parametrize("case", of_all("python"), ids=said)
def test_python_finds_what_it_runs(case: tuple[str, list[str]]) -> None:
    words = case[1]
    assert util.find_spec(words[1]) if words[0] == "-m" else (ROOT / words[0]).is_file()


@pytest.mark.parametrize("heading", TABLES)
def test_columns_are_those_of_the_code(heading: str) -> None:
    page = (DOCS / "reference/files.md").read_text()
    table = page.split(f"## Columns of {heading}\n\n")[1].split("\n\n")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    module, columns = TABLES[heading]
    expected = set(getattr(import_module(module), columns)) | BESIDE.get(heading, set())
    assert {column for cell in cells for column in re.findall(r"`(\w+)`", cell)} == expected


def test_every_metric_reason_and_room_is_explained() -> None:
    def first_cells(page: str) -> set[str]:
        return set(re.findall(r"^\| `(\w+)` \|", (DOCS / page).read_text(), re.MULTILINE))

    assert first_cells("how-it-works/judging.md") == set(METRICS)
    assert first_cells("questions.md") == set(map(str, Reason))
    assert first_cells("reference/python.md") == set(ROOMS)
