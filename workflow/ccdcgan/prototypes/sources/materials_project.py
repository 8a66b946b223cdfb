"""Entries of the Materials Project as a source, by its REST interface."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.prototypes import MaterialsProject, Prototypes
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.readers.checked import check_formula, to_cell
from ccdcgan.prototypes.readers.parts import attempt, one_line
from ccdcgan.prototypes.readers.pymatgen_json import structure_from_json
from ccdcgan.prototypes.sources.download import Refused, cached, fetch_json, species_count

__all__ = ["read"]

log = logging.getLogger(__name__)

KEY = "MP_API_KEY"
"""Environment variable that holds the key: the only place where it is read, and it is written nowhere."""
CITATION = "10.1063/1.4812323"
"""A. Jain et al., APL Materials 1, 011002 (2013)."""
LICENCES = {"BY-C": "CC-BY-4.0", "BY-NC": "CC-BY-NC-4.0"}
"""SPDX identifier, by what an entry says; the terms of the whole are the first."""
FIELDS = ("material_id", "structure", "formula_pretty", "builder_meta")
LOCAL = ("localhost", "127.0.0.1", "::1")
PAGE = 1000
"""Entries on a page: what the interface gives at most."""


def read(settings: MaterialsProject, limits: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """Give the entries of the selection, but for those of GNoME, whose licence is another.

    Parameters
    ----------
    settings
        Section ``prototypes.materials_project`` of the config.
    limits
        Section ``prototypes``: no larger cell is asked for.
    system
        Element symbols.
    seed
        Of nothing here.

    Yields
    ------
    Entry
        Named by its material id. What the server promised and did not give is an entry, too.

    Raises
    ------
    ConfigError
        If there is no key, or a wrong one, or the selection has too few elements.
    ValueError
        If the server gives nothing.
    """
    count = species_count("materials_project", settings.selection, system)
    query: dict[str, str | int] = {
        "nelements_min": count,
        "nelements_max": count,
        "nsites_max": limits.max_atoms,
        "deprecated": "false",
        "batch_id_not_eq": "gnome_r2scan_statics",
        "_fields": ",".join(FIELDS),
    }
    if settings.selection == "system":
        query["chemsys"] = "-".join(sorted(system))
    url = f"{settings.url.rstrip('/')}/materials/summary/"
    asked = {"url": url, **query}
    answer = cached(Path(settings.cache), asked, lambda: _download(url, query, settings.timeout))
    for number, data in enumerate(answer["entries"], start=1):
        yield _entry(data, number, limits, merge=count > len(system))
    for number, problem in enumerate(answer.get("problems", ()), start=1):
        origin = Origin("materials_project", f"problem {number}", "", "")
        yield Entry(origin, Rejected(Reason.UNREADABLE, one_line(problem)))


def _entry(data: Any, number: int, limits: Prototypes, merge: bool) -> Entry:
    values = data if isinstance(data, dict) else {}
    name = values.get("material_id")
    meta = values.get("builder_meta")
    licence = (meta.get("license") if isinstance(meta, dict) else None) or "BY-C"
    title = values.get("formula_pretty")
    origin = Origin(
        "materials_project",
        name if isinstance(name, str) and name else f"entry {number}",
        LICENCES.get(licence, "") if isinstance(licence, str) else "",
        CITATION,
        title=title if isinstance(title, str) else "",
    )
    found = attempt(lambda: _cell(values, limits))
    if isinstance(found, Rejected):
        return Entry(origin, found)
    cell, elements, remarks = found
    return Entry(origin, cell, elements, merge, remarks=remarks)


def _cell(values: dict[str, Any], limits: Prototypes) -> tuple[Cell, tuple[str, ...], tuple[str, ...]]:
    """The structure of an entry, whose atoms are those of its formula."""
    if not values.get("structure"):
        raise Rejected(Reason.UNREADABLE, "found no structure in the entry")
    structure = structure_from_json(values["structure"])
    found = to_cell(structure, limits)
    if formula := values.get("formula_pretty"):
        check_formula(structure, str(formula))
    return found


def _download(url: str, query: dict[str, str | int], timeout: float) -> dict[str, Any]:
    """All entries; and, as problems, what kept the server from giving them all."""
    entries: list[Any] = []
    with requests.Session() as session:
        session.headers["X-API-KEY"] = _key(url)
        while True:
            part = {"_limit": PAGE, "_skip": len(entries)}
            try:
                data, total = _page(session, url, timeout, {**query, **part})
            except ValueError as error:
                if entries:
                    return _cut(entries, str(error))
                if isinstance(error, Refused) and error.status in (401, 403):
                    message = f"{KEY}: {url} refuses the key ({error.status}), expected a valid one."
                    raise ConfigError(message) from None
                raise
            entries += data
            if len(entries) >= total if total is not None else len(data) < PAGE:
                return {"entries": entries}
            if total is None:
                return _cut(entries, f"{url}: found no total_doc, so what may follow {len(entries)} entries is missing")
            if not data:
                return _cut(entries, f"{url}: found {len(entries)} entries and an empty page, expected {total}")


def _cut(entries: list[Any], problem: str) -> dict[str, Any]:
    log.warning("%s", problem)
    return {"entries": entries, "problems": [problem]}


def _page(
    session: requests.Session, url: str, timeout: float, query: dict[str, str | int]
) -> tuple[list[Any], int | None]:
    """Entries of a page, and how many there are in all, if it says so.

    Raises
    ------
    ValueError
        If it has no list of entries, or neither entries nor their number.
    """
    page = fetch_json(session, url, timeout, query, redirects=False)
    meta, data = page.get("meta"), page.get("data")
    total = meta.get("total_doc") if isinstance(meta, dict) else None
    if not isinstance(data, list) or not (data or isinstance(total, int)):
        raise ValueError(f"{url}: found a page without data or total_doc, expected both")
    return data, total if isinstance(total, int) else None


def _key(url: str) -> str:
    """The key, if it may go to this address; no message quotes it."""
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise ConfigError(f"{KEY}: found no key in this environment variable, expected one.")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
        raise ConfigError(f"{KEY}: found other signs than letters and digits, expected a key.")
    where = urlsplit(url)
    if where.scheme != "https" and where.hostname not in LOCAL:
        raise ConfigError(
            f"config key 'prototypes.materials_project.url': found {url!r}, expected https, for a key is sent."
        )
    return key
