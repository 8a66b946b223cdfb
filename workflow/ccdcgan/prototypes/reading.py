"""Readers of structure files, and the process in which they run.

What a file holds is anybody's; a parser may take minutes over 50 atoms in a cubic group, or all memory over a count. So
files are read in a process of its own, which is ended when one structure takes too long, and started again behind it.
It reads text only: nothing that is unpickled, imported by name or evaluated.
"""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import StringIO
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import ase.io
import numpy as np
from pymatgen.core import Structure

from ccdcgan import config
from ccdcgan.prototypes.checked import one_line, structure_from_json, to_cell
from ccdcgan.prototypes.entry import Cell
from ccdcgan.structures import Reason, Rejected, to_pymatgen

__all__ = ["FORMATS", "Found", "Reader", "file_format", "serve"]

FORMATS = {
    "cif": r"\.cif",
    "poscar": r"(^|/)(POSCAR|CONTCAR)[^/]*|\.(vasp|poscar)",
    "extxyz": r"\.(ext)?xyz",
    "json": r"\.json",
    "csv": r"\.csv",
}
"""End of a file's name, in any case, by format."""
MEMORY = 8 << 30
"""Address space of the reading process, in bytes."""
START_TIME = 120.0
"""Seconds that the reading process may take to start."""
ID_COLUMNS = ("material_id", "id")
"""Columns of a CSV that may name its rows."""

T = TypeVar("T")
_Item = tuple[str, Callable[[], Structure]]
"""Label of one structure of a file (empty for the only one), and what parses it."""


class Found(NamedTuple):
    """One structure of a file."""

    label: str
    """Number of the structure, or its id in a CSV; empty in a file of one."""
    cell: Cell | Rejected
    """What was read, or why not."""
    elements: tuple[str, ...] | None = None
    """Of the species."""
    remarks: tuple[str, ...] = ()
    """What the parser warned of."""


def file_format(name: str) -> str | None:
    """Name of the format, by the name of a file; None for all others."""
    for kind, pattern in FORMATS.items():
        if re.search(f"({pattern})$", name, re.IGNORECASE):
            return kind
    return None


class Reader:
    """Reads files in a process of its own; a context manager that ends it.

    Parameters
    ----------
    settings
        Section ``prototypes.files`` of the config.
    limits
        Section ``prototypes``.
    """

    def __init__(self, settings: config.Files, limits: config.Prototypes) -> None:
        self._settings = settings
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def read(self, path: Path) -> Iterator[Found]:
        """Give every structure of a file, or one that says why the file cannot be read."""
        begun: tuple[int, str] | None = None
        self._ask(path, 0)
        while (answer := self._answer(self._settings.time_limit)) != {}:
            if isinstance(answer, Rejected):
                self._stop()
                yield Found(begun[1] if begun else "", answer)
                if begun is None:
                    return
                self._ask(path, begun[0] + 1)
                begun = None
            elif "begun" in answer:
                begun = answer["begun"], answer["label"]
            else:
                yield _unpack(begun[1] if begun else "", answer)
                begun = None

    def _ask(self, path: Path, skip: int) -> None:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        with suppress(OSError):  # it has just ended: so says the answer
            self._connection.send_bytes(json.dumps({"path": str(path), "skip": skip}).encode())

    def _answer(self, seconds: float) -> dict[str, Any] | Rejected:
        try:
            if self._connection.poll(seconds):
                answer: dict[str, Any] = json.loads(self._connection.recv_bytes())
                return answer
            return Rejected(Reason.TIME_LIMIT, f"not read within {seconds:g} s")
        except (EOFError, OSError):
            return Rejected(Reason.UNREADABLE, "the process that read it ended")

    def _start(self) -> None:
        self._connection, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__name__} import serve; serve({theirs.fileno()})"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        theirs.close()
        for section in (self._settings, self._limits):
            self._connection.send_bytes(section.model_dump_json().encode())
        if isinstance(answer := self._answer(START_TIME), Rejected):
            self._stop()
            raise RuntimeError(f"prototypes.files: the process that reads files did not start: {answer.detail}")

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._connection.close()
            self._process = None


def serve(descriptor: int) -> None:
    """Answer a `Reader` until it closes its end of the pipe: the main function of the reading process."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    import pymatgen.io.cif
    import pymatgen.io.vasp.inputs  # noqa: F401  # the first file's time is for the file

    connection = Connection(descriptor)
    settings = config.Files.model_validate_json(connection.recv_bytes())
    limits = config.Prototypes.model_validate_json(connection.recv_bytes())
    connection.send_bytes(b"{}")
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except EOFError:
            return
        for message in _messages(Path(request["path"]), request["skip"], settings, limits):
            connection.send_bytes(json.dumps(message).encode())


def _messages(path: Path, skip: int, settings: config.Files, limits: config.Prototypes) -> Iterator[dict[str, Any]]:
    """For every structure but the first ``skip``, that it is begun and what it is; at last an empty message."""
    items = _attempt(lambda: _items(path, settings.cif_column))
    if isinstance(items, Rejected):
        yield {"reason": items.reason, "detail": items.detail}
        items = []
    for number, (label, parse) in enumerate(items[skip:], start=skip):
        yield {"begun": number, "label": label}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", DeprecationWarning)  # meant for the parsers' authors
            found = _attempt(lambda parse=parse: to_cell(parse(), limits))  # type: ignore[misc]
        remarks = list(dict.fromkeys(one_line(warning.message) for warning in caught))
        if isinstance(found, Rejected):
            yield {"reason": found.reason, "detail": found.detail, "remarks": remarks}
        else:
            cell, elements = found
            yield {"cell": [array.tolist() for array in cell], "elements": elements, "remarks": remarks}
    yield {}


def _attempt(function: Callable[[], T]) -> T | Rejected:
    try:
        return function()
    except Rejected as error:
        return error
    except Exception as error:  # a parser raises whatever it stumbles over
        return Rejected(Reason.UNREADABLE, one_line(f"{type(error).__name__}: {error}"))


def _unpack(label: str, answer: dict[str, Any]) -> Found:
    remarks = tuple(answer.get("remarks", ()))
    if "reason" in answer:
        return Found(label, Rejected(Reason(answer["reason"]), answer["detail"]), None, remarks)
    lattice, positions, species = answer["cell"]
    return Found(
        label, Cell(np.array(lattice), np.array(positions), np.array(species)), (*answer["elements"],), remarks
    )


def _items(path: Path, cif_column: str) -> list[_Item]:
    """The structures of a file, not yet parsed."""
    kind = file_format(path.name)
    text = _text(path.read_bytes())
    match kind:
        case "cif":
            return _numbered(_cif, _blocks(text))
        case "poscar":
            return [("", partial(_poscar, text))]
        case "extxyz":
            return _numbered(_frame, _frames(text))
        case "json":
            data = json.loads(text)
            return _numbered(structure_from_json, data if isinstance(data, list) else [data])
        case "csv":
            return _rows(text, cif_column)
    raise Rejected(Reason.UNREADABLE, "found an unknown kind of file, expected CIF, POSCAR, extended XYZ, JSON or CSV")


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise Rejected(Reason.UNREADABLE, "found a binary file, expected text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # authors' names in old files


def _numbered(parse: Callable[[Any], Structure], parts: list[Any]) -> list[_Item]:
    if not parts:
        raise Rejected(Reason.UNREADABLE, "found no structure with atoms")
    return [("" if len(parts) == 1 else str(number), partial(parse, part)) for number, part in enumerate(parts, 1)]


def _blocks(text: str) -> list[str]:
    """Data blocks of a CIF that hold atoms."""
    blocks: list[list[str]] = [[]]
    inside_text = False
    for line in text.splitlines(keepends=True):
        if line.startswith(";"):
            inside_text = not inside_text
        if not inside_text and line.lower().startswith("data_"):
            blocks.append([])
        blocks[-1].append(line)
    return [block for block in map("".join, blocks) if "_atom_site_fract_x" in block.lower()]


def _cif(text: str) -> Structure:
    from pymatgen.io.cif import CifParser

    return CifParser.from_str(text).parse_structures(primitive=False, on_error="raise")[0]


def _poscar(text: str) -> Structure:
    from pymatgen.io.vasp.inputs import Poscar

    poscar = Poscar.from_str(text)
    if not poscar.true_names:
        raise Rejected(Reason.UNREADABLE, "found a POSCAR without elements, expected them in its sixth line")
    return poscar.structure


def _frames(text: str) -> list[str]:
    """Frames of an XYZ file; what follows a wrong number of atoms is one frame."""
    lines = text.split("\n")
    frames, start = [], 0
    while start < len(lines):
        count = lines[start].strip()
        if not count:
            start += 1
            continue
        end = start + 2 + int(count) if count.isdecimal() else len(lines)
        frames.append("\n".join(lines[start:end]) + "\n")
        start = end
    return frames


def _frame(text: str) -> Structure:
    atoms = ase.io.read(StringIO(text), format="extxyz")
    if atoms.cell.rank < 3 or not atoms.pbc.all():
        raise Rejected(Reason.UNREADABLE, "found no cell that is periodic in three directions")
    return to_pymatgen(atoms)


def _rows(text: str, cif_column: str) -> list[_Item]:
    """Rows of a CSV table, of which one column holds CIF text."""
    csv.field_size_limit(len(text) + 1)
    table = csv.DictReader(StringIO(text, newline=""))
    columns = table.fieldnames or []
    if cif_column not in columns:
        raise Rejected(
            Reason.UNREADABLE, one_line(f"found columns {', '.join(columns)}, expected {cif_column} among them")
        )
    named = next((column for column in ID_COLUMNS if column in columns), None)
    rows = [(named and row[named], row[cif_column]) for row in table]
    if not rows:
        raise Rejected(Reason.UNREADABLE, "found no rows")
    return [(name or str(number), partial(_cif, cif or "")) for number, (name, cif) in enumerate(rows, 1)]
