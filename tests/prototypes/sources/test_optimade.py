"""OPTIMADE: the reference server of the consortium, and a server of this machine that goes wrong."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from pymatgen.core import Lattice, Structure

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Optimade
from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.entry import Cell, Entry
from ccdcgan.prototypes.sources import download, optimade
from ccdcgan.prototypes.substitution import substitute_prototypes
from tests.prototypes.sources.optimade_entries import (
    CAESIUM_CHLORIDE,
    PEROVSKITE,
    ROCK_SALT,
    disordered,
    resource,
    scaled,
    with_attached_atoms,
    with_vacancy,
)
from tests.prototypes.support import Answer, Server, limits, with_junk

PAIR = ("Cs", "Cl")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "BACKOFF", 0.01)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The reference server, with seven binaries (one of them disordered, one large) and a ternary."""
    folder = tmp_path_factory.mktemp("optimade")
    structures = [resource(f"c-{number}", scaled(number)) for number in range(4)]
    structures += [resource("r/1", ROCK_SALT), resource("p-1", PEROVSKITE), disordered()]
    structures += [resource("large", CAESIUM_CHLORIDE * (2, 2, 2))]
    lines = [{"x-optimade": {"meta": {"api_version": "1.2.0"}}}, *structures]
    (folder / "data.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "database_backend": "mongomock",
        "insert_test_data": False,
        "insert_from_jsonl": str(folder / "data.jsonl"),
        "page_limit_max": 10,
        "log_dir": str(folder),
    }
    (folder / "config.json").write_text(json.dumps(settings))
    command = [sys.executable, "-P", "-m", "uvicorn", "optimade.server.main:app", "--port", str(port)]
    environment = {**os.environ, "OPTIMADE_CONFIG_FILE": str(folder / "config.json"), "NO_PROXY": "*"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                requests.get(f"http://127.0.0.1:{port}/v1/info", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def section(*providers: str, cache: Path, **changes: Any) -> Optimade:
    values = {
        "providers": list(providers),
        "selection": "binaries",
        "max_entries": 100,
        "page_limit": 3,
        "cache": str(cache),
        "timeout": 10.0,
    }
    return Optimade(**{**values, **changes})


def read(url: str, cache: Path, system: str = "Bi-Se", max_atoms: int = 8, **changes: Any) -> list[Entry]:
    settings = section(url, cache=cache, **changes)
    return list(optimade.read(settings, limits(max_atoms=max_atoms), system.split("-"), 0))


def names(entries: list[Entry]) -> list[str]:
    return [entry.origin.source_id.rpartition("/v1")[2].split("/", 1)[-1] for entry in entries]


def test_the_reference_server(reference: str, tmp_path: Path) -> None:
    entries = read(reference, tmp_path)
    assert sorted(names(entries)) == ["c-0", "c-1", "c-2", "c-3", "disordered", "r/1"]
    found = dict(zip(names(entries), entries, strict=True))
    rejected = found.pop("disordered").cell
    assert isinstance(rejected, Rejected)
    assert (str(rejected.reason), rejected.detail) == ("disordered", "its features are disorder")
    salt = found["r/1"]
    assert salt.elements == ("Bi", "Se")
    assert salt.origin.licence == ""
    structure = Structure(salt.cell.lattice, [salt.elements[kind] for kind in salt.cell.species], salt.cell.positions)
    assert structure.matches(ROCK_SALT, scale=False, ltol=1e-3, stol=1e-3)
    for number in range(4):
        assert np.allclose(found[f"c-{number}"].cell.lattice, (4 + number) * np.eye(3))


def test_bounds_and_selections_of_the_reference_server(reference: str, tmp_path: Path) -> None:
    assert sorted(names(read(reference, tmp_path, selection="system"))) == ["r/1"]
    assert sorted(names(read(reference, tmp_path, selection="ternaries"))) == ["p-1"]
    assert "large" in names(read(reference, tmp_path, max_atoms=16, page_limit=10))
    assert len(read(reference, tmp_path, max_entries=4)) == 4
    assert read(f"{reference}/v1/", tmp_path, "Ag-Au", selection="system") == []
    with pytest.raises(ValueError, match="found 403 Forbidden, expected a page"):
        read(reference, tmp_path, "Cu-Au", selection="system", page_limit=11)


def test_from_the_reference_server_to_the_table(reference: str, tmp_path: Path) -> None:
    settings = section(reference, cache=tmp_path)
    stage = limits(sources=["optimade"], optimade=settings.model_dump())
    found = substitute_prototypes(stage, ["Bi", "Se"], Matching(ltol=0.2, stol=0.3, angle_tol=5.0), seed=0)
    host = reference.removeprefix("http://").replace(":", "_")
    assert set(found.table.id) == {f"optimade.{host}_r_1", f"optimade.{host}_c-0.Bi.Se"}
    assert set(found.rejected.reason) == {"duplicate", "disordered"}
    row = found.table.set_index("id").loc[f"optimade.{host}_r_1"]
    assert row.volume_per_atom == pytest.approx(27.0)


def page(resources: list[Any], following: Any = None, **meta: Any) -> Answer:
    return Answer({"data": resources, "links": {"next": following}, "meta": meta})


INFO = Answer({"data": {"attributes": {"license": {"href": "https://example.org/terms"}}}})


def test_pages_are_followed(server: Server, tmp_path: Path) -> None:
    server.answers = [
        page([resource("a", scaled(0))], {"href": f"{server.url}/v1/structures?page=2"}),
        page([resource("b", scaled(1))], "/v1/structures?page=3"),
        page([resource("c", scaled(2))]),
        INFO,
    ]
    entries = read(server.url, tmp_path)
    assert names(entries) == ["a", "b", "c"]
    assert {entry.origin.licence for entry in entries} == {"https://example.org/terms"}
    assert [request.query.get("page") for request in server.requests] == [None, "2", "3", None]
    assert server.requests[0].query["filter"] == "nelements=2 AND nsites<=8"
    assert server.requests[0].query["page_limit"] == "3"
    assert names(read(server.url, tmp_path)) == ["a", "b", "c"]
    assert len(server.requests) == 4


def test_several_providers(server: Server, tmp_path: Path) -> None:
    server.answers = [page([resource("a", scaled(0))]), INFO, page([resource("a", scaled(1))]), Answer(status=404)]
    settings = section(f"{server.url}/one", f"{server.url}/two/v1", cache=tmp_path)
    entries = list(optimade.read(settings, limits(), ["Bi", "Se"], 0))
    assert [entry.origin.source_id.split("/", 1)[1] for entry in entries] == ["one/a", "two/a"]
    assert [entry.origin.licence for entry in entries] == ["https://example.org/terms", ""]
    with pytest.raises(ConfigError, match=r"optimade\.providers': found none"):
        list(optimade.read(section(cache=tmp_path), limits(), ["Bi", "Se"], 0))


@pytest.mark.parametrize(
    ("link", "following", "kept", "message"),
    [
        ("/v1/structures?page=1", "a", ["a", "b"], "which was read already"),
        ("/v1/structures?page=2", "a", ["a", "b"], "entries that were read already"),
        ("file:///etc/passwd", "b", ["a", "b"], "expected http or https"),
        ("http://[", "b", ["a", "b"], "Invalid"),
        (None, "c", ["a", "b"], "it says that more follow"),
    ],
)
def test_pages_that_lead_nowhere(
    server: Server, tmp_path: Path, link: str | None, following: str, kept: list[str], message: str
) -> None:
    """What was read before is kept, but not for the next run; what is missing is one reject."""
    server.answers = [
        page([resource("a", scaled(0))], "/v1/structures?page=1"),
        page([resource("b", scaled(0))], link, more_data_available=True),
        page([resource(following, scaled(0))], "/v1/structures?page=1"),
        INFO,
    ]
    *entries, missing = read(server.url, tmp_path)
    assert names(entries) == kept
    assert all(isinstance(entry.cell, Cell) for entry in entries)
    assert missing.origin.source_id.endswith("/problem 1")
    assert isinstance(missing.cell, Rejected)
    assert message in missing.cell.detail
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "second", [[Answer(status=404)], [Answer(b"no JSON")] * 5, [Answer({"errors": []})], [Answer({}, hang_up=True)] * 5]
)
def test_a_page_that_does_not_come_is_one_reject(server: Server, tmp_path: Path, second: list[Answer]) -> None:
    server.answers = [page([resource("a", scaled(0))], "/v1/structures?page=1"), *second, INFO]
    found, missing = read(server.url, tmp_path)
    assert isinstance(found.cell, Cell)
    assert isinstance(missing.cell, Rejected)


def test_entries_that_were_promised_are_one_reject(server: Server, tmp_path: Path) -> None:
    server.answers = [page([resource("a", scaled(0))], data_returned=3), INFO]
    _, missing = read(server.url, tmp_path)
    assert "found 1 entries, though it promised 3" in missing.cell.detail


def test_one_of_several_providers_may_fail(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(status=404), page([resource("a", scaled(1))]), INFO]
    settings = section(f"{server.url}/one", f"{server.url}/two", cache=tmp_path)
    found, missing = optimade.read(settings, limits(), ["Bi", "Se"], 0)
    assert isinstance(found.cell, Cell)
    assert missing.origin.source_id.endswith("one/no answer")
    assert "404 Not Found" in missing.cell.detail
    server.answers = [Answer(status=404)] * 2
    with pytest.raises(ValueError, match=r"one/v1/structures: found 404"):
        list(optimade.read(section(f"{server.url}/one", f"{server.url}/x", cache=tmp_path), limits(), ["Bi", "Se"], 0))


def test_pages_without_end(server: Server, tmp_path: Path) -> None:
    """Entries are bounded even where they have no id by which to see that they are the same."""
    server.answers = [page([{}, "rubbish"], f"/v1/structures?page={number}") for number in range(200)]
    entries = read(server.url, tmp_path, max_entries=11)
    assert len(entries) == 11
    assert all(isinstance(entry.cell, Rejected) for entry in entries)
    assert len({entry.origin.source_id for entry in entries}) == 11


@pytest.mark.parametrize(
    "bad",
    [
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(status=500),
        Answer(b'{"data": ['),
        Answer({"data": [1, 2, 3]}, cut=9),
        Answer({"data": []}, delay=1.0),
    ],
)
def test_what_passes_is_asked_again(server: Server, tmp_path: Path, bad: Answer) -> None:
    server.answers = [bad, page([resource("a", scaled(0))]), INFO]
    assert names(read(server.url, tmp_path, timeout=0.5)) == ["a"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([Answer(status=400)], "found 400 Bad Request"),
        ([Answer(b"no JSON")] * 5, "found a page that is no JSON at each of 5 attempts"),
        ([Answer({"errors": []})], "found a page without data"),
        ([Answer({}, delay=0.3)] * 5, "found ReadTimeout at each of 5 attempts"),
    ],
)
def test_what_does_not_pass_is_one_sentence(
    server: Server, tmp_path: Path, answers: list[Answer], message: str
) -> None:
    server.answers = list(answers)
    with pytest.raises(ValueError, match=message):
        read(server.url, tmp_path, timeout=0.2)


def test_an_empty_answer_has_no_entries(server: Server, tmp_path: Path) -> None:
    server.answers = [page([], "/v1/structures?page=1"), INFO]
    assert read(server.url, tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"species": disordered()["attributes"]["species"]}, "disordered"),
        ({"structure_features": ["implicit_atoms"]}, "disordered"),
        ({"structure_features": ["assemblies"]}, "disordered"),
        ({"dimension_types": [1, 1, 0]}, "unreadable"),
        ({"dimension_types": None, "nperiodic_dimensions": 2}, "unreadable"),
        ({"dimension_types": None, "nperiodic_dimensions": None}, "unreadable"),
        ({"dimension_types": []}, "unreadable"),
        ({"structure_features": None}, "unreadable"),
        ({"species": 2 * resource("", scaled(0))["attributes"]["species"]}, "unreadable"),
        ({"species": with_vacancy()}, "disordered"),
        ({"species": with_attached_atoms()}, "disordered"),
        ({"chemical_formula_reduced": "ClCs2"}, "unreadable"),
        ({"nsites": 3}, "unreadable"),
        ({"lattice_vectors": None}, "unreadable"),
        ({"lattice_vectors": [[1, 0, 0], [2, 0, 0], [0, 0, 1]]}, "unreadable"),
        ({"lattice_vectors": [[1e300] * 3] * 3}, "unreadable"),
        ({"species_at_sites": ["Cs", "Na"]}, "unreadable"),
        ({"species_at_sites": ["Cs"]}, "unreadable"),
        ({"species": [{"name": "Cs"}]}, "unreadable"),
        (
            {"species": [{"name": each, "chemical_symbols": ["X"], "concentration": [1]} for each in ("Cs", "Cl")]},
            "unreadable",
        ),
        ({"cartesian_site_positions": [[0, 0, 0], [float("nan"), 0, 0]]}, "not_finite"),
        ({"cartesian_site_positions": [[0, 0, 0], [0, 0, 4.0]]}, "too_close"),
        ({"cartesian_site_positions": "here"}, "unreadable"),
    ],
)
def test_a_broken_entry_is_one_reject(server: Server, tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    server.answers = [page([resource("a", scaled(0)), resource("b", scaled(0), **changes)]), INFO]
    good, broken = read(server.url, tmp_path)
    assert isinstance(good.cell, Cell)
    assert isinstance(broken.cell, Rejected)
    assert broken.cell.reason == reason, broken.cell.detail
    assert names([broken]) == ["b"]


def test_deuterium_is_remarked(server: Server, tmp_path: Path) -> None:
    deuteride = Structure(Lattice.cubic(4), ["Li", "D"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    kinds = [{"name": each, "chemical_symbols": [each], "concentration": [1.0]} for each in ("Li", "D")]
    changes = {"species": kinds, "species_at_sites": ["Li", "D"], "chemical_formula_reduced": "DLi"}
    server.answers = [page([resource("a", deuteride, **changes)]), INFO]
    (entry,) = read(server.url, tmp_path)
    assert entry.elements == ("Li", "H")
    assert entry.remarks == ("found the isotope D, read as H",)


def test_nothing_in_an_entry_ends_the_stage(server: Server, tmp_path: Path) -> None:
    """Junk in every place of an entry: each is one crystal of the right elements, or one reject, with its id."""
    attributes = resource("", scaled(0))["attributes"]
    asked = {name: attributes[name] for name in optimade.FIELDS if name in attributes}
    given = [
        {"type": "structures", "id": f"e-{number}", "attributes": each} for number, each in enumerate(with_junk(asked))
    ]
    server.answers = [page(given), INFO]
    entries = read(server.url, tmp_path, max_entries=10_000)
    assert len(given) > 400
    assert names(entries) == [each["id"] for each in given]
    for entry in entries:
        assert isinstance(entry.cell, Rejected) or sorted(entry.elements) == ["Cl", "Cs"]
    assert 10 < sum(isinstance(entry.cell, Cell) for entry in entries) < len(entries) - 200
