"""What a reviewer asks of a generative model: fractions with Wilson intervals, each of a stated whole.

Definitions after CDVAE (validity [1]_), MatterGen (S.U.N. [2]_) and Naeem et al. (coverage [3]_).

References
----------
.. [1] T. Xie et al., "Crystal diffusion variational autoencoder for periodic material generation", ICLR (2022).
.. [2] C. Zeni et al., "A generative model for inorganic materials design", Nature 639, 624 (2025).
.. [3] M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML (2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from ccdcgan.config.metrics import Metrics
from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.names import is_control, model_of, parse_training
from ccdcgan.judging.intervals import interval
from ccdcgan.judging.memorisation import Nearness, together

__all__ = [
    "COLUMNS",
    "METRICS",
    "POOLED",
    "Coverage",
    "Metric",
    "gather",
    "label",
    "measure",
    "pooled",
    "published_counts",
    "read_metrics",
    "records",
]

COLUMNS = ["metric", "of", "k", "n", "value", "low", "high", "per_1000"]
"""Of a table of metrics: ``value`` is k/n, or a mean; ``low`` and ``high`` bound it; ``per_1000`` is 1000 k/n where the
whole is relaxations."""
POOLED = "all"
"""Seed of the rows in which several seeds of one model are taken together."""


class Coverage(NamedTuple):
    """Which structures of the database have a generated one in their neighbourhood."""

    ids: frozenset[str]
    """Those that have one."""
    n: int
    """Structures of the database."""


class Metric(NamedTuple):
    """What is counted, of what."""

    label: str
    """For people."""
    of: str
    """The whole: ``structures`` (all that were generated, or all that a folder holds), ``crystals`` (those that can be
    decoded, or read), ``relaxations`` (those given to the relaxation, failed ones included), ``graphs`` or
    ``database``."""
    definition: str
    """One sentence."""


METRICS: Mapping[str, Metric] = {
    "decodable": Metric("decodable", "structures", "A crystal can be decoded, or read from its file."),
    "valid": Metric(
        "valid",
        "structures",
        "Shortest distance over 0.5 angstrom and a cell over 0.1 angstrom^3, as generated (CDVAE's definition).",
    ),
    "smact": Metric("SMACT valid", "crystals", "SMACT finds neutral charges; reported, never a filter."),
    "relaxed": Metric("relaxed", "relaxations", "The relaxation converges to a crystal within the config's bounds."),
    "same_structure": Metric(
        "same structure after relaxation",
        "relaxations",
        "StructureMatcher finds the relaxed one equal to the given one.",
    ),
    "unique": Metric("unique", "relaxations", "Relaxed, and no earlier one of the same set matches it."),
    "novel": Metric(
        "novel", "relaxations", "Relaxed, and no structure of the database and no phase of an element matches it."
    ),
    "distinct": Metric("distinct", "relaxations", "Unique and novel."),
    "negative_formation_energy": Metric("formation energy < 0", "relaxations", "Bound against the elements."),
    "metastable": Metric(
        "meta-stable", "relaxations", "Formation energy < 0 and energy above hull below hull.metastable of the config."
    ),
    "stable": Metric(
        "stable", "relaxations", "Formation energy < 0 and energy above hull below hull.stable of the config."
    ),
    "distinct_metastable": Metric(
        "distinct and meta-stable", "relaxations", "Unique, novel and meta-stable: a success."
    ),
    "distinct_stable": Metric("distinct and stable", "relaxations", "Unique, novel and stable."),
    "sun": Metric(
        "S.U.N. at {} eV/atom",
        "relaxations",
        "Energy above hull at most that, unique and novel (MatterGen's definition).",
    ),
    "precision": Metric(
        "in the database's neighbourhood",
        "relaxations",
        "Lies, relaxed, no farther from a structure of the database than its 5th neighbour there (averaged SOAP).",
    ),
    "coverage": Metric(
        "database covered", "database", "Structures of the database with a relaxed one in that neighbourhood."
    ),
    "recited": Metric(
        "nearer to a learnt graph than held-out ones are",
        "graphs",
        "Its crystal graph is nearer to one that the model learnt from than the median held-out graph is; about half "
        "are, of a model that learns nothing by heart.",
    ),
    "nearest_learnt": Metric(
        "distance to the nearest learnt graph",
        "",
        "Euclidean, of crystal graphs in standard deviations of each value over the training set; their mean.",
    ),
    "nearest_learnt_held_out": Metric("the same of held-out graphs", "", "Of those of the database; their mean."),
    "rms_displacement": Metric(
        "displacement by relaxation",
        "",
        "Root mean square, over (V/n)^(1/3), of those that stay the same structure (StructureMatcher); their mean.",
    ),
}
"""Name -> what it is; ``sun`` stands for one metric at each threshold of the config, such as ``sun_0.1``."""


def measure(
    table: pd.DataFrame, coverage: Coverage, settings: Metrics, seed: int = 0, nearness: Nearness | None = None
) -> pd.DataFrame:
    """Metrics of one set of structures.

    Parameters
    ----------
    table
        Of `ccdcgan.judging.structure_metrics.structure_table`.
    coverage
        Of the database by the set.
    settings
        Section ``metrics`` of the config.
    seed
        Of the bootstrapped interval of a mean.
    nearness
        Of its graphs to those that the model learnt from; None where there are no graphs.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. Without a relaxation those that need one are missing, and the whole of others is crystals.
    """
    status = table["status"]
    with_energies = not (status == "as_given").any()
    wholes = {
        "structures": len(table),
        "crystals": int((status != "not_decoded").sum()),
        "relaxations": int(status.isin(["relaxed", "as_given", "not_relaxed"]).sum()),
        "database": coverage.n,
    }
    hits = {"decodable": status != "not_decoded", **_hits(table)}
    if with_energies:
        hits |= _hits_of_energies(table, settings)
    counts = {name: int(marked.sum()) for name, marked in hits.items()} | {"coverage": len(coverage.ids)}
    rows = []
    for name in sorted(counts, key=lambda name: list(METRICS).index(kind(name))):
        of = METRICS[kind(name)].of
        shown = of if with_energies or of != "relaxations" else "crystals"
        rows.append(_fraction(name, shown, counts[name], wholes[of]))
    if nearness is not None:
        rows += _memorisation(table, nearness, seed)
    if with_energies:
        rows.append(_mean("rms_displacement", table["rms_to_relaxed"].dropna().astype(float), seed))
    return pd.DataFrame(rows, columns=COLUMNS)


def _memorisation(table: pd.DataFrame, nearness: Nearness, seed: int) -> list[dict[str, Any]]:
    """How near the graphs of a table's structures, screened ones left aside, are to learnt ones."""
    own = set(table.loc[table["status"] != "screened", "id"])
    distances = nearness.generated[nearness.generated.index.isin(own)]
    rows = [
        _mean("nearest_learnt", distances, seed),
        _mean("nearest_learnt_held_out", nearness.held_out, seed),
    ]
    if len(nearness.held_out):
        near = int((distances < nearness.held_out.median()).sum())
        rows.insert(0, _fraction("recited", "graphs", near, len(distances)))
    return rows


def _hits(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Which structures count for the metrics that need no energies."""
    hits = {name: _true(table[name]) for name in ("valid", "smact", "unique", "novel")}
    return hits | {"distinct": hits["unique"] & hits["novel"], "precision": _true(table["covered"])}


def _hits_of_energies(table: pd.DataFrame, settings: Metrics) -> dict[str, pd.Series]:
    """Which structures count for the metrics that need a relaxation."""
    distinct, above_hull = _hits(table)["distinct"], table["energy_above_hull"].astype(float)
    hits = {name: _true(table[name]) for name in ("negative_formation_energy", "metastable", "stable")}
    return {
        "relaxed": table["status"] == "relaxed",
        "same_structure": table["rms_to_relaxed"].notna(),
        **hits,
        **{f"distinct_{name}": distinct & hits[name] for name in ("metastable", "stable")},
        **{f"sun_{bound:g}": distinct & (above_hull <= bound) for bound in settings.sun},
    }


def _true(values: pd.Series) -> pd.Series:
    """Booleans, with what is missing as False (a column of a CSV may hold True, False and nothing)."""
    return values.map(lambda value: value is True or value == "True" or value == 1).astype(bool)


def kind(name: str) -> str:
    """Key of `METRICS` of a metric."""
    return "sun" if name.startswith("sun_") else name


def label(name: str) -> str:
    """What people call a metric."""
    return METRICS[kind(name)].label.format(name.removeprefix("sun_"))


def _fraction(name: str, of: str, k: int, n: int) -> dict[str, Any]:
    low, high = interval(k, n)
    value = k / n if n else np.nan
    per_1000 = 1000 * value if of == "relaxations" else np.nan
    return {"metric": name, "of": of, "k": k, "n": n, "value": value, "low": low, "high": high, "per_1000": per_1000}


def _mean(name: str, values: pd.Series, seed: int) -> dict[str, Any]:
    """Mean with a bootstrapped interval, of the values that there are."""
    row = {"metric": name, "of": "", "n": len(values), "value": values.mean() if len(values) else np.nan}
    if len(values) and values.min() < values.max():
        found = bootstrap((values.to_numpy(),), np.mean, method="percentile", rng=seed, n_resamples=2000)
        row |= dict(zip(("low", "high"), map(float, found.confidence_interval), strict=True))
    return row


def _split_seed(variant: str, seed: int) -> tuple[str, str]:
    """Name of a variant without its seed, and the seed; a control has the config's."""
    model = model_of(variant)
    if is_control(model):
        return variant, str(seed)
    training = parse_training(model)
    name = f"{replace(training, seed=None)}{variant.removeprefix(model)}"
    return name, str(seed if training.seed is None else training.seed)


def gather(
    tables: Mapping[str, pd.DataFrame],
    coverages: Mapping[str, Coverage],
    settings: Metrics,
    seed: int,
    published: Mapping[str, Any],
    nearness: Mapping[str, Nearness] | None = None,
) -> pd.DataFrame:
    """Metrics of all models and controls, for each seed and pooled over seeds, beside the paper's.

    Parameters
    ----------
    tables
        Model or control -> table of `ccdcgan.judging.structure_metrics.structure_table`; one name for each seed.
    coverages
        By the same names.
    settings
        Section ``metrics`` of the config.
    seed
        Of the names that hold none, and of bootstrapped intervals.
    published
        The paper's counts, as in ``resources/published.json``.
    nearness
        Of those that make crystal graphs, by the same names.

    Returns
    -------
    DataFrame
        Columns ``model``, ``seed`` (a number, or ``all`` for several together), `COLUMNS`, ``paper_k``,
        ``paper_n`` and ``paper``. Of several seeds k and n are sums, and a crystal that two of them find
        counts twice; only the database is covered by all together.
    """
    names: dict[str, dict[str, str]] = {}
    for name in tables:
        model, own = _split_seed(name, seed)
        names.setdefault(model, {})[own] = name
    parts = []
    for model, seeds in names.items():
        sets = {own: [name] for own, name in seeds.items()}
        if len(seeds) > 1:
            sets[POOLED] = list(seeds.values())
        paper = published_counts(published["models"].get(model))
        for own, members in sets.items():
            covered = frozenset().union(*(coverages[name].ids for name in members))
            coverage = Coverage(covered, coverages[members[0]].n)
            structures = pd.concat([tables[name] for name in members], ignore_index=True)
            near = together([nearness[name] for name in members if nearness and name in nearness])
            rows = measure(structures, coverage, settings, seed, near)
            rows.insert(0, "model", model)
            rows.insert(1, "seed", own)
            rows["paper_k"] = [paper.get(name, (None, None))[0] for name in rows["metric"]]
            rows["paper_n"] = [paper.get(name, (None, None))[1] for name in rows["metric"]]
            parts.append(rows)
    table = pd.concat(parts, ignore_index=True).astype(dict.fromkeys(["k", "n", "paper_k", "paper_n"], "Int64"))
    table["paper"] = (table["paper_k"] / table["paper_n"]).astype(float)
    return table


def read_metrics(path: Path | str) -> pd.DataFrame:
    """Read a table of `gather` from its CSV."""
    return read_table(path).astype({"seed": str})


def pooled(table: pd.DataFrame) -> pd.DataFrame:
    """Of a table of `gather`, the rows of all seeds of a model together, or of its only one."""
    several = set(table.loc[table["seed"] == POOLED, "model"])
    return table[(table["seed"] == POOLED) | ~table["model"].isin(several)]


def published_counts(paper: Mapping[str, Any] | None) -> dict[str, tuple[int, int]]:
    """Metric -> the paper's k and n of one of its models; the paper's wholes are the crystals given to relaxation."""
    if paper is None:
        return {}
    names = ["negative_formation_energy", "metastable", "stable", "distinct", "distinct_metastable", "distinct_stable"]
    return {"decodable": (paper["decoded"], paper["generated"])} | {
        name: (paper[name], paper["kept"]) for name in names if paper.get(name) is not None
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for JSON, with null for what is missing."""
    rows = table.astype(object).to_dict("records")
    return [{str(name): None if pd.isna(value) else value for name, value in row.items()} for row in rows]
