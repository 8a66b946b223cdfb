"""The Materials Project's REST interface, played by a server of this machine."""

import gzip
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pymatgen.core import Lattice, Structure

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.prototypes import MaterialsProject
from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.entry import Cell, Entry
from ccdcgan.prototypes.sources import download, materials_project
from tests.prototypes.support import Answer, Server, limits, with_junk

KEY = "PlantedKey0123456789abcdefABCDEF"
SLAB = Structure(Lattice.cubic(4, pbc=(True, True, False)), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])


def document(number: int, **changes: Any) -> dict[str, Any]:
    """An entry of the summary, with the fields that are asked for."""
    structure = Structure(Lattice.cubic(3 + number / 10), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    values = {
        "material_id": f"mp-{number}",
        "formula_pretty": structure.reduced_formula,
        "structure": structure.as_dict(),
        "builder_meta": {"license": "BY-C", "database_version": "2026.1"},
    }
    return {**values, **changes}


def at_origin(*species: Any) -> dict[str, Any]:
    return Structure(Lattice.cubic(3), species, [[0, 0, 0]] * len(species)).as_dict()


def page(documents: list[Any], total: int | None = None) -> dict[str, Any]:
    return {"data": documents, "meta": {"total_doc": len(documents) if total is None else total, "api_version": "x"}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    with Server() as server:
        yield server


def read(server: Server, cache: Path, system: str = "Bi-Se", **changes: Any) -> list[Entry]:
    values = {"url": server.url, "selection": "binaries", "cache": str(cache), "timeout": 5.0}
    settings = MaterialsProject(**{**values, **changes})
    return list(materials_project.read(settings, limits(), system.split("-"), 0))


def test_pages_become_entries(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materials_project, "PAGE", 2)
    documents = [document(number) for number in range(5)]
    server.answers = [Answer(page(documents[start : start + 2], 5)) for start in (0, 2, 4)]
    entries = read(server, tmp_path)
    assert [entry.origin.source_id for entry in entries] == [f"mp-{number}" for number in range(5)]
    assert all(isinstance(entry.cell, Cell) and entry.elements == ("Cs", "Cl") for entry in entries)
    assert entries[3].cell.lattice[0, 0] == pytest.approx(3.3)
    assert {entry.origin.licence for entry in entries} == {"CC-BY-4.0"}
    assert entries[0].origin.citation == "10.1063/1.4812323"
    assert entries[0].origin.title == "CsCl"
    assert [request.query["_skip"] for request in server.requests] == ["0", "2", "4"]
    for request in server.requests:
        assert request.path == "/materials/summary/"
        assert request.headers["X-API-KEY"] == KEY
        assert request.query["nelements_min"] == request.query["nelements_max"] == "2"
        assert request.query["nsites_max"] == "8"
        assert request.query["batch_id_not_eq"] == "gnome_r2scan_statics"
        assert "structure" in request.query["_fields"].split(",")


@pytest.mark.parametrize(
    ("selection", "system", "expected"),
    [
        ("binaries", "Bi-Se", {"nelements_max": "2"}),
        ("ternaries", "Bi-Se", {"nelements_max": "3"}),
        ("system", "Te-Bi-Sb", {"nelements_max": "3", "chemsys": "Bi-Sb-Te"}),
    ],
)
def test_selection(server: Server, tmp_path: Path, selection: str, system: str, expected: dict[str, str]) -> None:
    server.answers = [Answer(page([document(1)]))]
    (entry,) = read(server, tmp_path, system, selection=selection)
    assert expected.items() <= server.requests[0].query.items()
    assert entry.merge == (selection == "ternaries")


def test_too_few_elements_are_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"materials_project\.selection': found 'binaries', expected .* 3 elements"):
        read(server, tmp_path, "Bi-Sb-Te")
    assert server.requests == []


def test_a_query_is_asked_once(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers = [Answer(page([document(1)])), Answer(page([document(2)])), Answer(page([document(3)]))]
    assert [entry.origin.source_id for entry in read(server, tmp_path / "new/cache")] == ["mp-1"]
    monkeypatch.delenv("MP_API_KEY")
    assert [entry.origin.source_id for entry in read(server, tmp_path / "new/cache")] == ["mp-1"]
    monkeypatch.setenv("MP_API_KEY", KEY)
    assert [entry.origin.source_id for entry in read(server, tmp_path / "new/cache", selection="ternaries")] == ["mp-2"]
    files = sorted((tmp_path / "new/cache").iterdir())
    assert [file.suffixes for file in files] == [[".json", ".gz"]] * 2
    for file in files:
        file.write_bytes(file.read_bytes()[:-20])  # cut
    assert [entry.origin.source_id for entry in read(server, tmp_path / "new/cache")] == ["mp-3"]
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"structure": None}, "unreadable", "no structure"),
        ({"structure": {"lattice": {}}}, "unreadable", "sites"),
        ({"structure": 7}, "unreadable", "expected a structure of pymatgen"),
        (
            {"structure": Structure(Lattice.cubic(3), ["Cs", "Cl"], [[0, 0, 0]] * 2).as_dict()},
            "too_close",
            "0 angstrom",
        ),
        ({"structure": Structure(Lattice.cubic(3), [{"Cs": 0.5}], [[0, 0, 0]]).as_dict()}, "disordered", "Cs 0.5"),
        ({"structure": Structure(Lattice.cubic(3), [{}, "Cl"], [[0, 0, 0], [0.5] * 3]).as_dict()}, "disordered", "no"),
        ({"structure": SLAB.as_dict()}, "unreadable", "three directions but in 2"),
        ({"formula_pretty": "CsCl2"}, "unreadable", "found sites of Cs1 Cl1, though its formula is CsCl2"),
    ],
)
def test_a_broken_entry_is_one_reject(
    server: Server, tmp_path: Path, change: dict[str, Any], reason: str, words: str
) -> None:
    server.answers = [Answer(page([document(1), document(2, **change), document(3)]))]
    entries = read(server, tmp_path)
    assert [isinstance(entry.cell, Cell) for entry in entries] == [True, False, True]
    broken = entries[1].cell
    assert isinstance(broken, Rejected)
    assert entries[1].origin.source_id == "mp-2"
    assert (broken.reason, words in broken.detail) == (reason, True)


def test_nothing_in_an_entry_ends_the_stage(server: Server, tmp_path: Path) -> None:
    """Junk in every place of an entry: each is one crystal of the right elements, or one reject, with its id."""
    given = [{**each, "material_id": f"mp-{number}"} for number, each in enumerate(with_junk(document(1)))]
    server.answers = [Answer(page(given))]
    entries = read(server, tmp_path)
    assert len(given) > 300
    assert [entry.origin.source_id for entry in entries] == [each["material_id"] for each in given]
    for entry in entries:
        assert isinstance(entry.cell, Rejected) or sorted(entry.elements) == ["Cl", "Cs"]
    assert 10 < sum(isinstance(entry.cell, Cell) for entry in entries) < len(entries) - 50


def test_entries_without_id_and_of_another_licence(server: Server, tmp_path: Path) -> None:
    documents = [document(1, builder_meta={"license": "BY-NC"}), document(2, material_id=None), "rubbish"]
    server.answers = [Answer(page(documents))]
    entries = read(server, tmp_path)
    assert [entry.origin.licence for entry in entries[:2]] == ["CC-BY-NC-4.0", "CC-BY-4.0"]
    assert [entry.origin.source_id for entry in entries] == ["mp-1", "entry 2", "entry 3"]


GOOD = Answer(page([document(1)]))


@pytest.mark.parametrize(
    "bad",
    [
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        Answer(status=503),
        Answer(b"<html>busy</html>"),
        Answer(b"[1, 2]"),
        Answer(page([document(1)]), cut=100),
        Answer(page([document(1)]), cut=100, length=False),
        Answer(page([document(1)]), delay=1.0),
        Answer(page([document(1)]), hang_up=True),
    ],
    ids=["429", "429 with a date", "503", "HTML", "no object", "cut", "cut unseen", "late", "hung up"],
)
def test_what_passes_is_asked_again(server: Server, tmp_path: Path, bad: Answer) -> None:
    server.answers = [bad, GOOD]
    assert len(read(server, tmp_path, timeout=0.5)) == 1
    assert len(server.requests) == 2


def test_the_pause_that_is_asked_for_is_kept(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(download, "time", SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))
    server.answers = [Answer(status=429, headers={"Retry-After": "7"}), Answer(status=500), GOOD]
    assert len(read(server, tmp_path)) == 1
    assert pauses == [7.0, download.BACKOFF * 2]
    server.answers = [Answer(status=429, headers={"Retry-After": "86400"})]
    with pytest.raises(ValueError, match=r"found 429 Too Many Requests and a pause of 86400 s"):
        read(server, tmp_path, selection="ternaries")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([Answer(status=503)] * 5, "found 503 Service Unavailable at each of 5 attempts"),
        ([Answer(b"{")] * 5, "found a page that is no JSON at each of 5 attempts"),
        ([Answer(status=404)], "found 404 Not Found, expected a page of JSON"),
        ([Answer(status=302, headers={"Location": "http://127.0.0.1:9/"})], "found 302 Found, expected"),
        ([Answer({"data": []})], "found a page without data or total_doc"),
        ([Answer({"meta": {"total_doc": 1}})], "found a page without data or total_doc"),
    ],
)
def test_what_does_not_pass_is_one_sentence(
    server: Server, tmp_path: Path, answers: list[Answer], message: str
) -> None:
    server.answers = list(answers)
    with pytest.raises(ValueError, match=message) as caught:
        read(server, tmp_path)
    assert str(caught.value).startswith(server.url)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ([Answer(page([], 3))], "found 1 entries and an empty page, expected 3"),
        ([Answer(status=404)], "found 404 Not Found"),
        ([Answer(status=403)], "found 403 Forbidden"),
        ([Answer(b"{")] * 5, "no JSON at each of 5 attempts"),
        ([Answer({"meta": {"total_doc": 3}})], "without data"),
    ],
)
def test_what_came_before_a_failure_is_kept(server: Server, tmp_path: Path, second: list[Answer], message: str) -> None:
    """And what did not come is one reject, and is asked for again by the next run."""
    server.answers = [Answer(page([document(1)], 3)), *second]
    found, missing = read(server, tmp_path)
    assert isinstance(found.cell, Cell)
    assert missing.origin.source_id == "problem 1"
    assert isinstance(missing.cell, Rejected)
    assert message in missing.cell.detail
    assert not list(tmp_path.iterdir())
    server.answers = [Answer(page([document(1), document(2), document(3)]))]
    assert len(read(server, tmp_path)) == 3


def test_a_page_that_does_not_say_how_many_there_are(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [Answer({"data": [document(1)]})]
    assert [isinstance(entry.cell, Cell) for entry in read(server, tmp_path)] == [True]
    monkeypatch.setattr(materials_project, "PAGE", 1)
    server.answers = [Answer({"data": [document(1)]})]
    _, missing = read(server, tmp_path, selection="ternaries")
    assert "no total_doc" in missing.cell.detail


def test_an_empty_answer_has_no_entries(server: Server, tmp_path: Path) -> None:
    server.answers = [Answer(page([]))]
    assert read(server, tmp_path) == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key(server: Server, tmp_path: Path, status: int) -> None:
    server.answers = [Answer({"detail": f"no user has {KEY}"}, status=status)]
    with pytest.raises(ConfigError, match=rf"MP_API_KEY: .* refuses the key \({status}\)"):
        read(server, tmp_path)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("key", "message"),
    [(None, "no key"), (" \n", "no key"), ("a b", "other signs"), ("schlüssel", "other signs")],
)
def test_no_key(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None, message: str) -> None:
    monkeypatch.delenv("MP_API_KEY") if key is None else monkeypatch.setenv("MP_API_KEY", key)
    with pytest.raises(ConfigError, match=f"MP_API_KEY: found {message}") as caught:
        read(server, tmp_path)
    assert not key or not key.strip() or key not in str(caught.value)
    assert server.requests == []


def test_a_key_goes_nowhere_in_the_clear(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"prototypes\.materials_project\.url'.* expected https"):
        read(server, tmp_path, url="http://api.example.org")


def test_the_key_is_never_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the log at its finest, not in the cache, not in any error or what caused it; a server echoes it."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MP_API_KEY", KEY + "\n")
    echo = {"detail": KEY, "meta": {"key": KEY}}
    failures = [
        [Answer(echo, status=401)],
        [Answer(echo, status=418)],
        [Answer(echo, status=503, headers={"Retry-After": "0"})] * 5,
        [Answer(echo)],
        [Answer(KEY.encode())] * 5,
        [Answer(echo, hang_up=True)] * 5,
        [Answer(echo, status=302, headers={"Location": f"http://127.0.0.1:9/{KEY}"})],
    ]
    for answers in failures:
        server.answers = list(answers)
        with pytest.raises(ValueError, match=r"expected|attempts") as caught:
            read(server, tmp_path)
        assert KEY not in str(caught.getrepr(chain=True, showlocals=False))
    server.answers = [GOOD]
    read(server, tmp_path)
    (file,) = tmp_path.iterdir()
    assert KEY not in gzip.decompress(file.read_bytes()).decode()
    assert KEY not in caplog.text
    assert server.requests[-1].headers["X-API-KEY"] == KEY


def test_addresses_are_checked() -> None:
    with pytest.raises(ValueError, match="url"):
        MaterialsProject(url="file:///etc/passwd", selection="binaries", cache="", timeout=1.0)
