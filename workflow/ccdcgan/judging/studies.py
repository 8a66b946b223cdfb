"""Trainings side by side: what each made, as shares with their intervals, and what leave-out trainings bring back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms
from pymatgen.core import Composition
from scipy.stats import entropy

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.matching import find_matches
from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.generators.holdout import has_composition
from ccdcgan.generators.names import model_of, of_seed, parse_training
from ccdcgan.judging.funnel import Variant, count_variant
from ccdcgan.judging.intervals import interval

__all__ = ["COLUMNS", "LEAVE_OUT_COLUMNS", "compare", "left_out", "pool"]

COLUMNS = ["variant", "model", "weight", "seed", "quantity", "k", "n", "value", "low", "high"]
"""Of the tables of `compare`."""
OF_RELAXATIONS = [
    "relaxed",
    "negative_formation_energy",
    "metastable",
    "stable",
    "distinct",
    "distinct_metastable",
    "distinct_stable",
]
LEAVE_OUT_COLUMNS = [
    "composition",
    "model",
    "left_out",
    "generated",
    "decoded",
    "relaxed",
    "distinct_left_out",
    "regenerated",
    "regenerated_low",
    "regenerated_high",
    "lowest",
    "lowest_regenerated",
    "known_phase",
    "known_phase_regenerated",
]
"""Of the table of `left_out`."""


def pool(variants: Sequence[Variant]) -> Variant:
    """Several trainings as one; what two of them found counts twice."""
    return Variant(
        sum(each.generated for each in variants),
        *(
            pd.concat([getattr(each, name) for each in variants])
            for name in ("not_decoded", "predicted", "relaxation", "judged")
        ),
    )


def compare(
    variants: Mapping[str, Variant], default_weight: float, default_seed: int, tolerance: float
) -> pd.DataFrame:
    """Shares of what several trainings made, and the variety of it.

    Parameters
    ----------
    variants
        By their names.
    default_weight, default_seed
        The config's, of the trainings whose names hold none.
    tolerance
        Of the screening, in eV/atom.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row for each variant and quantity; ``value`` is the share k/n, ``low`` and ``high`` its 95%
        Wilson interval. ``decoded`` is a share of all generated graphs, ``kept`` (by the screening) one of the decoded,
        all others are of the kept ones, each of which costs a relaxation. No shares are ``formulas``, the number k of
        reduced formulas among the n relaxed, ``effective_formulas``, the exponential of the entropy of their
        frequencies, and ``mean_formation_energy``, in eV/atom. ``model`` is the name without its seed; where several
        seeds of one model are given, rows of the seed "all" hold them pooled.
    """
    members: dict[str, list[str]] = {}
    about: dict[str, dict[str, Any]] = {}
    for name in variants:
        training = parse_training(model_of(name))
        model = of_seed(name, default_seed, default_seed)
        members.setdefault(model, []).append(name)
        weight = default_weight if training.weight is None else training.weight
        about[name] = {
            "variant": name,
            "model": model,
            "weight": weight if training.network == "ccdcgan" else 0.0,
            "seed": str(default_seed if training.seed is None else training.seed),
        }
    rows = [{**about[name], **row} for name in variants for row in _quantities(name, variants[name], tolerance)]
    for model, names in members.items():
        if len(names) > 1:
            pooled = _quantities(model, pool([variants[name] for name in names]), tolerance)
            rows += [{**about[names[0]], "variant": model, "seed": "all", **row} for row in pooled]
    return pd.DataFrame(rows, columns=COLUMNS)


def _quantities(name: str, variant: Variant, tolerance: float) -> Iterator[dict[str, Any]]:
    counts = count_variant(name, variant, tolerance)
    kept = counts["decoded"] - counts["rejected"].get("screening.screened", 0)
    shares = [("decoded", counts["decoded"], counts["generated"]), ("kept", kept, counts["decoded"])]
    for quantity, k, n in [*shares, *((name, counts[name], kept) for name in OF_RELAXATIONS)]:
        low, high = interval(k, n)
        yield {"quantity": quantity, "k": k, "n": n, "value": k / n if n else np.nan, "low": low, "high": high}
    formulas = variant.judged["formula"].map(lambda formula: Composition(formula).reduced_formula).value_counts()
    n = len(variant.judged)
    yield {"quantity": "formulas", "k": len(formulas), "n": n, "value": len(formulas)}
    yield {"quantity": "effective_formulas", "n": n, "value": float(np.exp(entropy(formulas))) if n else np.nan}
    yield {"quantity": "mean_formation_energy", "n": n, "value": variant.judged["formation_energy"].mean()}


def left_out(
    composition: str,
    model: str,
    generated: int,
    database: pd.DataFrame,
    decoded: Sequence[Atoms],
    relaxed: Sequence[Atoms],
    judged: pd.DataFrame,
    known: Sequence[Atoms],
    tolerances: Matching,
) -> dict[str, Any]:
    """What a training without one composition made of it.

    Parameters
    ----------
    composition
        Reduced formula of what was left out.
    model
        Name of the training.
    generated
        Crystal graphs generated.
    database
        The database's table, with the structures left out.
    decoded, relaxed
        Crystals of the model before and after relaxation.
    judged
        Table of the hull stage.
    known
        Relaxed known phases of that composition.
    tolerances
        Of StructureMatcher.

    Returns
    -------
    dict
        Keys `LEAVE_OUT_COLUMNS`. ``left_out`` counts the database's structures of the composition,
        ``distinct_left_out`` their groups of equal ones, ``regenerated`` the groups that a relaxed crystal matches,
        with the 95% Wilson interval of that share. ``decoded`` and ``relaxed`` count crystals of the composition.
        ``lowest`` is the group of lowest energy. The last two are None if no structure of a known phase is at hand.
    """
    gone = database[has_composition(database["formula"], composition)]
    own = [atoms for atoms in relaxed if _of(atoms, composition)]
    matches = find_matches([to_pymatgen(atoms) for atoms in known], [to_pymatgen(atoms) for atoms in own], tolerances)
    return {
        "composition": composition,
        "model": model,
        "left_out": len(gone),
        "generated": generated,
        "decoded": sum(_of(atoms, composition) for atoms in decoded),
        "relaxed": len(own),
        **_regenerated(gone, judged["database_match"]),
        "known_phase": " ".join(atoms.info["id"] for atoms in known) or None,
        "known_phase_regenerated": any(match is not None for match in matches) if known else None,
    }


def _regenerated(gone: pd.DataFrame, matches: pd.Series) -> dict[str, Any]:
    """How many groups of equal structures that were left out come back, and whether that of lowest energy does."""
    groups = gone.set_index("id")["group"]
    found = set(groups.reindex(matches.dropna()).dropna())
    low, high = interval(len(found), groups.nunique())
    lowest = None if gone.empty else gone.sort_values("energy_per_atom")["group"].iloc[0]
    return {
        "distinct_left_out": groups.nunique(),
        "regenerated": len(found),
        "regenerated_low": low,
        "regenerated_high": high,
        "lowest": lowest,
        "lowest_regenerated": None if lowest is None else lowest in found,
    }


def _of(atoms: Atoms, composition: str) -> bool:
    return bool(has_composition(pd.Series([atoms.get_chemical_formula()]), composition).iloc[0])
