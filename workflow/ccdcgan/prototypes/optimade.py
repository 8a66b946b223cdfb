"""Entries of databases that speak OPTIMADE, as a source [1]_.

References
----------
.. [1] C. W. Andersen et al., "OPTIMADE, an API for exchanging materials data", Sci. Data 8, 217 (2021).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from pymatgen.core import Structure

from ccdcgan import config
from ccdcgan.prototypes.checked import one_line, structure_from_sites, to_cell
from ccdcgan.prototypes.download import cached, fetch_json, species_count
from ccdcgan.prototypes.entry import Entry, Origin
from ccdcgan.structures import Reason, Rejected

__all__ = ["read"]

log = logging.getLogger(__name__)

FIELDS = (
    "id",
    "chemical_formula_reduced",
    "dimension_types",
    "lattice_vectors",
    "cartesian_site_positions",
    "species",
    "species_at_sites",
    "structure_features",
)
"""What is asked for of every entry."""
UNUSABLE = {"disorder", "implicit_atoms", "site_attachments", "unknown_positions"}
"""Features of structures whose atoms are not all at known places."""


def read(settings: config.Optimade, limits: config.Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
    """Give the entries of the selection, of all providers.

    Parameters
    ----------
    settings
        Section ``prototypes.optimade`` of the config.
    limits
        Section ``prototypes``: no larger cell is asked for.
    system
        Element symbols.
    seed
        Of nothing here.

    Yields
    ------
    Entry
        Named by the provider's host and its own id.

    Raises
    ------
    ConfigError
        If there is no provider, or the selection has too few elements.
    ValueError
        If a provider does not give what was asked for.
    """
    count = species_count("optimade", settings.selection, system)
    if not settings.providers:
        raise config.ConfigError("config key 'prototypes.optimade.providers': found none, expected at least one.")
    query = f"nelements={count} AND nsites<={limits.max_atoms}"
    if settings.selection == "system":
        symbols = ", ".join(f'"{symbol}"' for symbol in system)
        query = f"elements HAS ALL {symbols} AND {query}"
    for provider in settings.providers:
        base = provider.rstrip("/")
        base = base if re.search(r"/v\d+(\.\d+)*$", base) else f"{base}/v1"
        asked = {"url": f"{base}/structures", "filter": query, "max_entries": settings.max_entries}
        answer = cached(Path(settings.cache), asked, partial(_download, base, query, settings))
        for number, data in enumerate(answer["entries"], start=1):
            yield _entry(data, number, base, answer["licence"], limits, merge=count > len(system))


def _entry(data: Any, number: int, base: str, licence: str, limits: config.Prototypes, merge: bool) -> Entry:
    values = data if isinstance(data, dict) else {}
    attributes = values.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    place = re.sub(r"^https?://|/v[\d.]+$", "", base)
    origin = Origin(
        "optimade",
        f"{place}/{values.get('id') or f'entry {number}'}",
        licence,
        "",
        title=str(attributes.get("chemical_formula_reduced") or ""),
    )
    try:
        cell, elements = to_cell(_structure(attributes), limits)
        return Entry(origin, cell, elements, merge)
    except Rejected as error:
        return Entry(origin, error)


def _structure(attributes: dict[str, Any]) -> Structure:
    try:
        if unusable := UNUSABLE.intersection(attributes.get("structure_features") or []):
            raise Rejected(Reason.DISORDERED, f"its features are {', '.join(sorted(unusable))}")
        if (attributes.get("dimension_types") or [1, 1, 1]) != [1, 1, 1]:
            raise Rejected(Reason.UNREADABLE, "found a structure that is not periodic in three directions")
        occupants = {
            kind["name"]: [
                (symbol, share)
                for symbol, share in zip(kind["chemical_symbols"], kind["concentration"], strict=True)
                if symbol != "vacancy"
            ]
            for kind in attributes["species"]
        }
        species = [occupants[name] for name in attributes["species_at_sites"]]
        return structure_from_sites(
            attributes["lattice_vectors"], species, attributes["cartesian_site_positions"], cartesian=True
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Rejected(Reason.UNREADABLE, f"{type(error).__name__}: {one_line(error)}") from error


def _download(base: str, query: str, settings: config.Optimade) -> dict[str, Any]:
    url: str | None = f"{base}/structures"
    params: dict[str, str | int] | None = {
        "filter": query,
        "response_fields": ",".join(FIELDS),
        "page_limit": min(settings.page_limit, settings.max_entries),
    }
    entries: list[Any] = []
    names: set[str] = set()
    visited: set[str] = set()
    available = None
    with requests.Session() as session:
        while url and len(entries) < settings.max_entries:
            if url in visited:
                raise ValueError(f"{base}: found a link to a page that was read already, expected the next one")
            visited.add(url)
            page = fetch_json(session, url, settings.timeout, params)
            data = page.get("data")
            if not isinstance(data, list):
                raise ValueError(f"{url}: found a page without data, expected a list of entries")
            new = [each for each in data if not isinstance(each, dict) or each.get("id") not in names]
            if data and not new:
                raise ValueError(f"{url}: found a page of entries that were read already, expected others")
            names.update(each["id"] for each in new if isinstance(each, dict) and isinstance(each.get("id"), str))
            entries += new
            available = page["meta"].get("data_returned") if isinstance(page.get("meta"), dict) else None
            url, params = _next(url, page) if data else None, None
        licence = _licence(session, base, settings.timeout)
    if isinstance(available, int) and len(entries) < min(available, settings.max_entries):
        log.warning("%s: found %d entries, though it promised %d", base, len(entries), available)
    return {"licence": licence, "entries": entries[: settings.max_entries]}


def _next(url: str, page: dict[str, Any]) -> str | None:
    """Address of the next page; None behind the last."""
    links = page.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    link = link.get("href") if isinstance(link, dict) else link
    if not link:
        return None
    following = urljoin(url, str(link))
    if urlsplit(following).scheme not in ("http", "https"):
        raise ValueError(f"{url}: found {link!r} as its next page, expected http or https")
    return following


def _licence(session: requests.Session, base: str, timeout: float) -> str:
    """What the provider says of its entries: SPDX identifiers, or the address of its terms; empty if nothing."""
    try:
        page = fetch_json(session, f"{base}/info", timeout)
        attributes = page["data"]["attributes"]
        named = attributes.get("available_licenses_for_entries") or attributes.get("available_licenses")
        terms = attributes.get("license")
        if named:
            return " OR ".join(map(str, named))
        return str(terms["href"] if isinstance(terms, dict) else terms or "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s: found no licence (%s)", base, one_line(error))
        return ""
