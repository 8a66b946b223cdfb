"""Reading files in a process of its own, whatever they hold.

What a file holds is anybody's; a parser may take minutes over one structure, all memory over a count, or crash. So it
is read in a process of its own, which is ended when one structure takes too long, and started again behind it: every
structure of a file is told, in or out. It reads text only: nothing that is unpickled, imported by name or evaluated.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

from ccdcgan.config.prototypes import Files, Prototypes
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell
from ccdcgan.prototypes.readers.checked import to_cell
from ccdcgan.prototypes.readers.parts import Part, attempt, one_line
from ccdcgan.prototypes.readers.pieces import pieces

__all__ = ["Found", "Reader", "read", "serve"]

MEMORY = 8 << 30
"""Address space of the reading process, in bytes."""
START_TIME = 120.0
"""Seconds that the reading process may take to start."""
HARMLESS = ("Skipping unhashable information",)
"""How warnings of parsers begin that say nothing of atoms, cell or symmetry."""


class Found(NamedTuple):
    """One structure of a file."""

    label: str
    """What follows the file's name in its id: a number, a row's id or a name; empty in a file of one."""
    place: str
    """Where in the file it stands, in words; empty in a file of one."""
    cell: Cell | Rejected
    """What was read, or why not."""
    elements: tuple[str, ...] | None = None
    """Of the species."""
    remarks: tuple[str, ...] = ()
    """What a person should know of how it was read."""


def read(path: Path, settings: Files, limits: Prototypes) -> Iterator[Found]:
    """Every structure of a file, in this process; or one that says why the file cannot be read."""
    label = place = ""
    for message in _messages({"path": str(path), "piece": 0, "part": 0}, settings, limits):
        if "begun" in message:
            label, place = message["label"], message["place"]
        elif "pieces" not in message and message:
            yield _unpack(label, place, message)


class Reader:
    """Reads files in a process of its own; a context manager that ends it.

    Parameters
    ----------
    settings
        Section ``prototypes.files`` of the config.
    limits
        Section ``prototypes``.
    """

    def __init__(self, settings: Files, limits: Prototypes) -> None:
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
        piece, part = 0, 0
        begun: dict[str, Any] | None = None
        count: int | None = None
        failed = False
        self._ask(path, piece, part)
        while (answer := self._answer(self._settings.time_limit)) != {}:
            if isinstance(answer, Rejected):
                self._stop()
                if begun is not None:
                    yield Found(begun["label"], begun["place"], answer)
                    piece, part = _behind(begun)
                elif failed:  # twice at the same place
                    yield from _lost(piece, count, answer)
                    return
                failed, begun = begun is None, None
                self._ask(path, piece, part)
            elif "pieces" in answer:
                count = answer["pieces"]
            elif "begun" in answer:
                begun = answer
            else:
                yield _unpack(begun["label"] if begun else "", begun["place"] if begun else "", answer)
                piece, part = _behind(begun) if begun else (piece, part)
                begun, failed = None, False

    def _ask(self, path: Path, piece: int, part: int) -> None:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        with suppress(OSError):  # it has just ended: so says the answer
            request = {"path": str(path), "piece": piece, "part": part}
            self._connection.send_bytes(json.dumps(request).encode())

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


def _behind(begun: dict[str, Any]) -> tuple[int, int]:
    """Where to go on behind what was begun: the next part, or the next piece if no part of this one was known."""
    piece, part = begun["begun"]
    return (piece + 1, 0) if part is None else (piece, part + 1)


def _lost(piece: int, count: int | None, why: Rejected) -> Iterator[Found]:
    """What is left of a file that ends the process wherever it is begun."""
    if count in (None, 1):
        yield Found("", "", why)
    else:
        assert count is not None
        for number in range(piece + 1, count + 1):
            yield Found(str(number), f"number {number}", why)


def serve(descriptor: int) -> None:
    """Answer a `Reader` until it closes its end of the pipe: the main function of the reading process."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    connection = Connection(descriptor)
    settings = Files.model_validate_json(connection.recv_bytes())
    limits = Prototypes.model_validate_json(connection.recv_bytes())
    connection.send_bytes(b"{}")
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except EOFError:
            return
        for message in _messages(request, settings, limits):
            connection.send_bytes(json.dumps(message).encode())


def _messages(request: dict[str, Any], settings: Files, limits: Prototypes) -> Iterator[dict[str, Any]]:
    """How many pieces there are; for every structure from the first asked for, that it is begun and what it is.

    At last an empty message.
    """
    path, first_piece, first_part = Path(request["path"]), request["piece"], request["part"]
    found = attempt(lambda: pieces(path, settings))
    if isinstance(found, Rejected):
        yield _packed(found, ())
        found = []
    else:
        yield {"pieces": len(found)}
    for number, piece in enumerate(found[first_piece:], start=first_piece):
        yield {"begun": [number, None], "label": piece.label, "place": piece.place}
        parts = attempt(piece.parts)
        if isinstance(parts, Rejected):
            yield _packed(parts, ())
            continue
        first = first_part if number == first_piece else 0
        for index, part in enumerate(parts[first:], start=first):
            yield {"begun": [number, index], "label": piece.label_of(part), "place": piece.place_of(part)}
            yield _parsed(part, limits)
    yield {}


def _parsed(part: Part, limits: Prototypes) -> dict[str, Any]:
    """What a part is; refused if its parser warns of anything that may concern the crystal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for category in (DeprecationWarning, FutureWarning):  # meant for the parsers' authors
            warnings.simplefilter("ignore", category)
        crystal = attempt(part.parse)
    said = [each for each in caught if not str(each.message).startswith(HARMLESS)]
    remarks = tuple(dict.fromkeys(one_line(each.message) for each in said))
    if isinstance(crystal, Rejected):
        return _packed(crystal, remarks)
    if guessed := [each for each in said if issubclass(each.category, UserWarning)]:
        return _packed(Rejected(Reason.UNREADABLE, f"its parser warns: {one_line(guessed[0].message)}"), remarks)
    remarks = (*crystal.remarks, *remarks)
    found = attempt(lambda: to_cell(crystal.structure, limits))
    if isinstance(found, Rejected):
        return _packed(found, remarks)
    cell, elements, further = found
    remarks = (*remarks, *further)
    return {"cell": [array.tolist() for array in cell], "elements": elements, "remarks": remarks}


def _packed(rejected: Rejected, remarks: tuple[str, ...]) -> dict[str, Any]:
    return {"reason": rejected.reason, "detail": rejected.detail, "remarks": remarks}


def _unpack(label: str, place: str, answer: dict[str, Any]) -> Found:
    remarks = tuple(answer["remarks"])
    if "reason" in answer:
        return Found(label, place, Rejected(Reason(answer["reason"]), answer["detail"]), None, remarks)
    lattice, positions, species = answer["cell"]
    cell = Cell(np.array(lattice), np.array(positions), np.array(species))
    return Found(label, place, cell, (*answer["elements"],), remarks)
