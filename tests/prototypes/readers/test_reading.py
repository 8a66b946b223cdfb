"""The process that reads files: whatever becomes of it, every structure of a file is told."""

import os
import signal
import time
from collections import Counter
from pathlib import Path
from threading import Timer

import pandas as pd
import pytest

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.entry import Cell
from ccdcgan.prototypes.readers import reading
from ccdcgan.prototypes.readers.parts import Crystal, Part
from ccdcgan.prototypes.readers.reading import Found, Reader, read
from tests.prototypes.mixed_files import CIF, SALT
from tests.prototypes.readers.situations import files_section
from tests.prototypes.support import limits

ROWS = 400


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table whose rows take two seconds in all."""
    path = tmp_path_factory.mktemp("many") / "table.csv"
    pd.DataFrame({"id": [f"r{number}" for number in range(ROWS)], "cif": [CIF] * ROWS}).to_csv(path)
    return path


def reasons(found: list[Found]) -> Counter[str]:
    return Counter(str(each.cell.reason) if isinstance(each.cell, Rejected) else "read" for each in found)


def test_the_process_gives_what_this_one_does(tmp_path: Path) -> None:
    (tmp_path / "a.cif").write_text(CIF + CIF.replace("Na", "Qq") + CIF)
    with Reader(files_section(), limits()) as reader:
        theirs = list(reader.read(tmp_path / "a.cif"))
    ours = list(read(tmp_path / "a.cif", files_section(), limits()))
    assert [each.label for each in theirs] == ["1", "2", "3"]
    for one, other in zip(theirs, ours, strict=True):
        assert (one.label, one.place, one.elements, one.remarks) == (
            other.label,
            other.place,
            other.elements,
            other.remarks,
        )
        assert str(one.cell) == str(other.cell)


@pytest.mark.parametrize(("sent", "reason"), [(signal.SIGKILL, "unreadable"), (signal.SIGSTOP, "time_limit")])
def test_a_process_that_dies_or_hangs_costs_one_structure(many: Path, sent: int, reason: str) -> None:
    """At any moment: in a row or between two, when no row is lost at all."""
    with Reader(files_section(time_limit=2.0), limits()) as reader:
        reader._start()
        Timer(0.4, os.kill, (reader._process.pid, sent)).start()
        found = list(reader.read(many))
    assert sorted(each.label for each in found) == sorted(f"r{number}" for number in range(ROWS))
    counts = reasons(found)
    assert counts["read"] >= ROWS - 1
    assert counts["read"] + counts[reason] == ROWS


def test_a_process_that_always_dies_loses_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any row is begun, or in each: all are told."""
    pd.DataFrame({"cif": [CIF] * 3}).to_csv(tmp_path / "t.csv")
    (tmp_path / "a.cif").write_text(CIF)
    dead = Rejected(reading.Reason.UNREADABLE, "the process that read it ended")

    def answers(*given: object) -> list[Found]:
        queue = list(given)
        monkeypatch.setattr(Reader, "_ask", lambda *_: None)
        monkeypatch.setattr(Reader, "_answer", lambda *_: queue.pop(0))
        return list(Reader(files_section(), limits()).read(tmp_path / "t.csv"))

    assert reasons(answers(dead, dead)) == {"unreadable": 1}
    assert [each.label for each in answers({"pieces": 3}, dead, dead)] == ["1", "2", "3"]

    def begun(piece: int, part: int | None) -> dict[str, object]:
        return {"begun": [piece, part], "label": str(piece), "place": ""}

    each_dies = [step for piece in range(3) for step in ({"pieces": 3}, begun(piece, None), dead)]
    assert [each.label for each in answers(*each_dies, {})] == ["0", "1", "2"]
    refused = {"reason": "unreadable", "detail": "", "remarks": []}
    between = [{"pieces": 3}, begun(0, None), begun(0, 0), refused, dead, {"pieces": 3}, begun(1, None), begun(1, 0)]
    assert [each.label for each in answers(*between, refused, begun(2, None), begun(2, 0), dead, {})] == ["0", "1", "2"]


def test_the_next_file_is_read_by_a_new_process(tmp_path: Path) -> None:
    (tmp_path / "a.cif").write_text(CIF)
    with Reader(files_section(), limits()) as reader:
        assert isinstance(next(reader.read(tmp_path / "a.cif")).cell, Cell)
        reader._process.kill()
        reader._process.wait()
        assert isinstance(next(reader.read(tmp_path / "a.cif")).cell, Cell)


def test_what_would_take_long_is_refused_at_once(tmp_path: Path) -> None:
    """Many atoms at general positions of a large group, and many atoms in a line."""
    text = SALT.to(fmt="cif", symprec=0.1)
    head = text[: text.index("_atom_site_occupancy") + len("_atom_site_occupancy\n")]
    sites = (f"Na Na{number} 1 0.{number:04d} 0.3{number:04d} 0.7{number:04d} 1\n" for number in range(1000))
    (tmp_path / "a.cif").write_text(head.replace("Na4 Cl4", "?") + "".join(sites))
    begin = time.monotonic()
    (found,) = read(tmp_path / "a.cif", files_section(), limits())
    assert time.monotonic() - begin < 10
    assert isinstance(found.cell, Rejected)
    assert found.cell.reason == "too_many_atoms"


@pytest.mark.parametrize(
    ("category", "refused"), [(UserWarning, True), (RuntimeWarning, False), (DeprecationWarning, False)]
)
def test_a_parser_that_warns_is_not_believed(category: type[Warning], refused: bool) -> None:
    """What it warns of is remarked, and may be a guess."""

    def parse() -> Crystal:
        import warnings

        warnings.warn("no species, taken for H", category, stacklevel=1)
        return Crystal(SALT, ("a remark",))

    answer = reading._parsed(Part("", "", parse), limits())
    assert ("reason" in answer) == refused
    if category is not DeprecationWarning:
        assert "no species, taken for H" in answer["remarks"]
    if not refused:
        assert "a remark" in answer["remarks"]
