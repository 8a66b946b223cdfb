"""Entries of the Materials Project as a source, by its REST interface."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from ccdcgan import config
from ccdcgan.prototypes.checked import structure_from_json, to_cell
from ccdcgan.prototypes.download import Refused, cached, fetch_json, species_count
from ccdcgan.prototypes.entry import Entry, Origin
from ccdcgan.structures import Reason, Rejected

__all__ = ["read"]

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


def read(
    settings: config.MaterialsProject, limits: config.Prototypes, system: Sequence[str], seed: int
) -> Iterator[Entry]:
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
        Named by its material id.

    Raises
    ------
    ConfigError
        If there is no key, or a wrong one, or the selection has too few elements.
    ValueError
        If the server does not give what was asked for.
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


def _entry(data: Any, number: int, limits: config.Prototypes, merge: bool) -> Entry:
    values = data if isinstance(data, dict) else {}
    name = values.get("material_id")
    meta = values.get("builder_meta")
    licence = LICENCES.get(meta.get("license", "BY-C") if isinstance(meta, dict) else "BY-C", "")
    title = values.get("formula_pretty")
    origin = Origin(
        "materials_project",
        name if isinstance(name, str) and name else f"entry {number}",
        licence,
        CITATION,
        title=title if isinstance(title, str) else "",
    )
    try:
        if not values.get("structure"):
            raise Rejected(Reason.UNREADABLE, "found no structure in the entry")
        cell, elements = to_cell(structure_from_json(values["structure"]), limits)
        return Entry(origin, cell, elements, merge)
    except Rejected as error:
        return Entry(origin, error)


def _download(url: str, query: dict[str, str | int], timeout: float) -> dict[str, Any]:
    entries: list[Any] = []
    with requests.Session() as session:
        session.headers["X-API-KEY"] = _key(url)
        while True:
            part = {"_limit": PAGE, "_skip": len(entries)}
            try:
                page = fetch_json(session, url, timeout, {**query, **part}, redirects=False)
            except Refused as error:
                if error.status in (401, 403):
                    message = f"{KEY}: {url} refuses the key ({error.status}), expected a valid one."
                    raise config.ConfigError(message) from None
                raise
            meta, data = page.get("meta"), page.get("data")
            total = meta.get("total_doc") if isinstance(meta, dict) else None
            if not isinstance(data, list) or not isinstance(total, int):
                raise ValueError(f"{url}: found a page without data or total_doc, expected both")
            entries += data
            if len(entries) >= total:
                return {"entries": entries}
            if not data:
                raise ValueError(f"{url}: found {len(entries)} entries and an empty page, expected {total}")


def _key(url: str) -> str:
    """The key, if it may go to this address; no message quotes it."""
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise config.ConfigError(f"{KEY}: found no key in this environment variable, expected one.")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
        raise config.ConfigError(f"{KEY}: found other signs than letters and digits, expected a key.")
    where = urlsplit(url)
    if where.scheme != "https" and where.hostname not in LOCAL:
        raise config.ConfigError(
            f"config key 'prototypes.materials_project.url': found {url!r}, expected https, for a key is sent."
        )
    return key
