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
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.prototypes import Optimade, Prototypes
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell, Entry, Origin
from ccdcgan.prototypes.readers.checked import to_cell
from ccdcgan.prototypes.readers.optimade_json import check_contents, structure_from_attributes
from ccdcgan.prototypes.readers.parts import attempt, one_line
from ccdcgan.prototypes.sources.download import cached, fetch_json, species_count

__all__ = ["read"]

log = logging.getLogger(__name__)

FIELDS = (
    "id",
    "chemical_formula_reduced",
    "dimension_types",
    "nperiodic_dimensions",
    "nsites",
    "lattice_vectors",
    "cartesian_site_positions",
    "species",
    "species_at_sites",
    "structure_features",
)
"""What is asked for of every entry."""


def read(settings: Optimade, limits: Prototypes, system: Sequence[str], seed: int) -> Iterator[Entry]:
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
        Named by the provider's host and its own id. What a provider promised and did not give is an entry, too.

    Raises
    ------
    ConfigError
        If there is no provider, or the selection has too few elements.
    ValueError
        If no provider gives anything.
    """
    count = species_count("optimade", settings.selection, system)
    if not settings.providers:
        raise ConfigError("config key 'prototypes.optimade.providers': found none, expected at least one.")
    query = f"nelements={count} AND nsites<={limits.max_atoms}"
    if settings.selection == "system":
        symbols = ", ".join(f'"{symbol}"' for symbol in system)
        query = f"elements HAS ALL {symbols} AND {query}"
    answers: list[tuple[str, dict[str, Any]]] = []
    failures: list[tuple[str, ValueError]] = []
    for provider in settings.providers:
        base = provider.rstrip("/")
        base = base if re.search(r"/v\d+(\.\d+)*$", base) else f"{base}/v1"
        asked = {"url": f"{base}/structures", "filter": query, "max_entries": settings.max_entries}
        try:
            answers.append((base, cached(Path(settings.cache), asked, partial(_download, base, query, settings))))
        except ValueError as error:
            log.warning("%s", error)
            failures.append((base, error))
    if not answers:
        raise failures[0][1]
    for base, answer in answers:
        for number, data in enumerate(answer["entries"], start=1):
            yield _entry(data, number, base, answer.get("licence", ""), limits, merge=count > len(system))
        for number, problem in enumerate(answer.get("problems", ()), start=1):
            yield _missing(base, f"problem {number}", problem)
    for base, failure in failures:
        yield _missing(base, "no answer", str(failure))


def _missing(base: str, name: str, problem: str) -> Entry:
    """An entry that stands for what a provider did not give."""
    return Entry(Origin("optimade", f"{_place(base)}/{name}", "", ""), Rejected(Reason.UNREADABLE, one_line(problem)))


def _place(base: str) -> str:
    """Of a provider, in names."""
    return re.sub(r"^https?://|/v[\d.]+$", "", base)


def _entry(data: Any, number: int, base: str, licence: str, limits: Prototypes, merge: bool) -> Entry:
    values = data if isinstance(data, dict) else {}
    attributes = values.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    title = attributes.get("chemical_formula_reduced")
    origin = Origin(
        "optimade",
        f"{_place(base)}/{one_line(values.get('id') or f'entry {number}')}",
        licence,
        "",
        title=title if isinstance(title, str) else "",
    )
    found = attempt(lambda: _cell(attributes, limits))
    if isinstance(found, Rejected):
        return Entry(origin, found)
    cell, elements, remarks = found
    return Entry(origin, cell, elements, merge, remarks=remarks)


def _cell(attributes: dict[str, Any], limits: Prototypes) -> tuple[Cell, tuple[str, ...], tuple[str, ...]]:
    """The cell of an entry, if its formula and its number of sites are those of the entry."""
    structure = structure_from_attributes(attributes)
    found = to_cell(structure, limits)
    check_contents(structure, attributes)
    return found


class _Page(NamedTuple):
    entries: list[Any]
    following: str | None
    """Address of the next page; None behind the last."""
    available: int | None
    """Entries in all, as far as the page says."""
    problem: str = ""
    """What is wrong with the way to the next page."""


def _download(base: str, query: str, settings: Optimade) -> dict[str, Any]:
    """All entries; and, as problems, what kept the server from giving them all."""
    url: str | None = f"{base}/structures"
    params: dict[str, str | int] | None = {
        "filter": query,
        "response_fields": ",".join(FIELDS),
        "page_limit": min(settings.page_limit, settings.max_entries),
    }
    entries: list[Any] = []
    problems: list[str] = []
    names: set[str] = set()
    visited: set[str] = set()
    available: int | None = None
    with requests.Session() as session:
        while url and len(entries) < settings.max_entries:
            try:
                page = _page(session, url, settings.timeout, params, visited, names)
            except ValueError as error:
                if not entries:
                    raise
                problems.append(str(error))
                break
            visited.add(url)
            entries += page.entries
            available = page.available
            if page.problem and len(entries) < settings.max_entries:
                problems.append(page.problem)
            url, params = page.following, None
        licence = _licence(session, base, settings.timeout)
    promised = min(available or 0, settings.max_entries)
    if len(entries) < promised and not problems:
        problems.append(f"{base}: found {len(entries)} entries, though it promised {promised}")
    for problem in problems:
        log.warning("%s", problem)
    return {"licence": licence, "entries": entries[: settings.max_entries], "problems": problems}


def _page(
    session: requests.Session,
    url: str,
    timeout: float,
    params: dict[str, str | int] | None,
    visited: set[str],
    names: set[str],
) -> _Page:
    """The new entries of a page; their ids join ``names``.

    Raises
    ------
    ValueError
        If there is none, or nothing new on it.
    """
    if url in visited:
        raise ValueError(f"{url}: found a link to this page, which was read already, expected the next one")
    page = fetch_json(session, url, timeout, params)
    data = page.get("data")
    if not isinstance(data, list):
        raise ValueError(f"{url}: found a page without data, expected a list of entries")
    new = [each for each in data if _name(each) is None or _name(each) not in names]
    if data and not new:
        raise ValueError(f"{url}: found a page of entries that were read already, expected others")
    names.update(name for each in new if (name := _name(each)) is not None)
    meta = page.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    available = meta.get("data_returned")
    found = _Page(new, None, available if isinstance(available, int) else None)
    if not data:
        return found
    try:
        following = _next(url, page)
    except ValueError as error:
        return found._replace(problem=str(error))
    if not following and meta.get("more_data_available") is True:
        return found._replace(problem=f"{url}: found no link to the next page, though it says that more follow")
    return found._replace(following=following)


def _name(entry: Any) -> str | None:
    """Id of an entry, where it has one."""
    name = entry.get("id") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else None


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
