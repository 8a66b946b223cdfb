"""What the sources on the web share: pages of JSON that are asked for patiently, and answers kept on disk."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import tempfile
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from ccdcgan.config.errors import ConfigError

__all__ = ["ELEMENTS", "Refused", "cached", "fetch_json", "species_count"]

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""Requests for one page before it is given up."""
BACKOFF = 2.0
"""Seconds before the second attempt; twice as many before each that follows."""
MAX_WAIT = 120.0
"""A server that asks for a longer pause is not waited for, in seconds."""
MAX_PAGE = 500_000_000
"""Bytes of a page, unpacked."""
TRANSIENT = (408, 429, 500, 502, 503, 504)
"""Status codes that another attempt may mend."""
ELEMENTS = {"binaries": 2, "ternaries": 3, "quaternaries": 4}
"""Number of elements of the entries, by selection."""


class Refused(ValueError):
    """A server's answer that no other attempt mends.

    Parameters
    ----------
    url
        What was asked for.
    status
        Of HTTP.
    """

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url}: found {_phrase(status)}, expected a page of JSON")
        self.status = status


class _Broken(ValueError):
    """A page that another attempt may mend."""


def species_count(key: str, selection: str, system: Any) -> int:
    """Number of elements of the entries that a selection asks for.

    Raises
    ------
    ConfigError
        If they have fewer elements than the system; the message names the key.
    """
    count = ELEMENTS.get(selection, len(system))
    if count < len(system):
        raise ConfigError(
            f"config key 'prototypes.{key}.selection': found {selection!r}, expected entries of at least "
            f"{len(system)} elements for {'-'.join(system)}."
        )
    return count


def fetch_json(
    session: requests.Session,
    url: str,
    timeout: float,
    params: Mapping[str, str | int] | None = None,
    redirects: bool = True,
) -> dict[str, Any]:
    """Get a page that holds a JSON object.

    A page that is late, refused for the moment (429, 5xx), cut or no JSON is asked for again, after the pause that the
    server names or one that grows.

    Parameters
    ----------
    session
        With the headers that the server wants; what they hold is in no message.
    url
        Address.
    timeout
        Longest time that the whole page may take, in seconds.
    params
        Query.
    redirects
        Follow redirects: not where the headers hold a secret, for another server would get it.

    Raises
    ------
    Refused
        If the server gives another status.
    ValueError
        If no attempt brings the page.
    """
    found = ""
    for attempt in range(ATTEMPTS):
        pause = BACKOFF * 2**attempt
        try:
            with session.get(url, params=params, timeout=timeout, stream=True, allow_redirects=redirects) as response:
                if response.status_code in TRANSIENT:
                    found = _phrase(response.status_code)
                    pause = _asked_pause(response.headers.get("Retry-After"), pause)
                elif response.status_code != HTTPStatus.OK:
                    raise Refused(url, response.status_code)
                else:
                    return _page(response, time.monotonic() + timeout)
        except (requests.RequestException, _Broken) as error:
            found = str(error) if isinstance(error, _Broken) else type(error).__name__
        if pause > MAX_WAIT:
            raise ValueError(f"{url}: found {found} and a pause of {pause:.0f} s, expected at most {MAX_WAIT:.0f} s")
        if attempt < ATTEMPTS - 1:
            log.warning("%s: found %s, asking again in %.1f s", url, found, pause)
            time.sleep(pause)
    raise ValueError(f"{url}: found {found} at each of {ATTEMPTS} attempts, expected a page of JSON")


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"


def _asked_pause(header: str | None, otherwise: float) -> float:
    """Seconds that a header Retry-After asks for, in either of its two forms."""
    if not header:
        return otherwise
    try:
        if header.strip().isdecimal():
            return float(header)
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a time zone
        return otherwise


def _page(response: requests.Response, deadline: float) -> dict[str, Any]:
    content = bytearray()
    for part in response.iter_content(1 << 16):
        content += part
        if len(content) > MAX_PAGE:
            raise _Broken(f"a page of more than {MAX_PAGE} bytes")
        if time.monotonic() > deadline:
            raise _Broken("a page that does not end in time")
    try:
        page = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _Broken("a page that is no JSON") from error
    if not isinstance(page, dict):
        raise _Broken("a page that is no JSON object")
    return page


def cached(folder: Path, query: Mapping[str, Any], fetch: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give the answer to a query, from disk where it was asked before.

    Parameters
    ----------
    folder
        Made where it is missing; one file (gzipped JSON) for each query.
    query
        All that the answer depends on; no secrets, for it is written down.
    fetch
        Asks the server; an answer with something under ``problems`` is not whole, and is not kept.
    """
    digest = hashlib.sha256(json.dumps(query, sort_keys=True).encode()).hexdigest()[:16]
    file = folder / f"{digest}.json.gz"
    if file.exists():
        try:
            kept = json.loads(gzip.decompress(file.read_bytes()))
            if kept["query"] == query and isinstance(kept["answer"]["entries"], list):
                log.info("%s: an answer of %s", file, kept["retrieved"])
                answer: dict[str, Any] = kept["answer"]
                return answer
        except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
            log.warning("%s: found %s, asking again", file, type(error).__name__)
    answer = fetch()
    if answer.get("problems"):
        return answer
    content = {"query": query, "retrieved": datetime.now(UTC).isoformat(timespec="seconds"), "answer": answer}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as unfinished:
        unfinished.write(gzip.compress(json.dumps(content).encode(), mtime=0))
    os.replace(unfinished.name, file)
    return answer
