"""What the tests of the prototypes share: bounds of the stage, a cell, and a web server that answers as a test says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from ccdcgan.config.prototypes import Prototypes
from ccdcgan.prototypes.entry import Cell


def limits(**changes: Any) -> Prototypes:
    """Bounds of the stage, with some changed."""
    values = {
        "sources": ["aflow"],
        "aflow": {"merge_species": False, "recolour_sites": 0},
        "max_atoms": 8,
        "max_length": 10.0,
        "volume_scale": 0.93,
        "min_contact": 0.85,
        "max_volume_ratio": 2.0,
        "reference_atoms": 1,
        "sample": 10000,
    }
    return Prototypes(**{**values, **changes})


JUNK: tuple[Any, ...] = (None, True, -1, 1e300, "", "?", [], [None], {}, {"": None}, [[[1]]])


def with_junk(data: Any) -> Iterator[Any]:
    """Copies of JSON data, in each of which one part is junk."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield {name: each for name, each in data.items() if name != key}
            for junk in (*JUNK, *with_junk(value)):
                yield {**data, key: junk}
    elif isinstance(data, list):
        yield data[1:]
        for index, value in enumerate(data):
            for junk in (*JUNK, *with_junk(value)):
                yield [*data[:index], junk, *data[index + 1 :]]


def rock_salt(edge: float = 6.0) -> Cell:
    """The primitive cell, whose two species need no order."""
    half = edge / 2
    lattice = np.array([[0, half, half], [half, 0, half], [half, half, 0]])
    return Cell(lattice, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), np.array([0, 1]))


class Request(NamedTuple):
    """What was asked for."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What is answered, and in which way it goes wrong."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before it."""
    cut: int | None = None
    """Bytes after which the connection ends."""
    length: bool = True
    """The length is told beforehand."""
    hang_up: bool = False
    """The connection ends before any answer."""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server:
    """Gives its answers in turn; a context manager that serves while it is open."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                where = urlsplit(self.path)
                outer.requests.append(Request(where.path, dict(parse_qsl(where.query)), dict(self.headers)))
                answer = outer.answers.pop(0) if outer.answers else Answer(status=410)
                time.sleep(answer.delay)
                self.close_connection = True
                if answer.hang_up:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.length:
                    self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content[: answer.cut])

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                """Who waits no longer is no error."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
