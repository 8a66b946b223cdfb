"""The funnel: how many structures entered each stage, left it, and were rejected for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ccdcgan.config.hull import Hull
from ccdcgan.database.building import SUBSYSTEM
from ccdcgan.database.hull import stability

__all__ = ["Variant", "build_funnel", "check_sums", "count_variant", "passes_screening"]

SCREENED_SUFFIX = "+constraint"


@dataclass(frozen=True)
class Variant:
    """What one model made."""

    generated: int
    """Crystal graphs generated."""
    not_decoded: pd.DataFrame
    """Rejects of decoding."""
    predicted: pd.Series
    """Predicted formation energy, in eV/atom, of each decoded crystal, by id."""
    relaxation: pd.DataFrame
    """Table of the relaxation of all decoded crystals."""
    judged: pd.DataFrame
    """Table of the hull stage: the relaxed ones that the model keeps."""


def passes_screening(predicted: pd.Series, variant: str, tolerance: float) -> pd.Series:
    """Whether a model keeps each crystal, given its predicted formation energy (eV/atom)."""
    return (predicted <= tolerance) | (not variant.endswith(SCREENED_SUFFIX))


def build_funnel(
    run: str,
    prototypes: pd.DataFrame,
    prototypes_rejected: pd.DataFrame,
    database: pd.DataFrame,
    database_rejected: pd.DataFrame,
    reconstruction: pd.DataFrame,
    models: Mapping[str, Variant],
    tolerance: float,
    thresholds: Hull,
) -> dict[str, Any]:
    """Count everything.

    Parameters
    ----------
    run
        Name of the run.
    prototypes, prototypes_rejected
        Tables of the prototypes stage.
    database, database_rejected
        Tables of the database stage.
    reconstruction
        Table of the autoencoders stage.
    models
        By name.
    tolerance
        Of the screening, in eV/atom.
    thresholds
        Section ``hull`` of the config.

    Returns
    -------
    dict
        Blocks ``prototypes``, ``database`` and ``models``; in each, what entered is what came out plus the rejected
        (`check_sums`).
    """
    stable = stability(database, thresholds)
    return {
        "run": run,
        "prototypes": {
            "enumerated": len(prototypes) + len(prototypes_rejected),
            "sampled": len(prototypes),
            "rejected": _count(prototypes_rejected["reason"]),
        },
        "database": {
            "prototypes": len(prototypes),
            "relaxed": len(database),
            "rejected": _count(database_rejected["reason"]),
            **{str(name): int(stable[name].sum()) for name in stable},
            "subsystems": int((database["split"] == SUBSYSTEM).sum()),
            "reconstructed": {
                split: {
                    "n": int((reconstruction["split"] == split).sum()),
                    "matched": int(reconstruction.loc[reconstruction["split"] == split, "matched"].sum()),
                }
                for split in ("train", "held_out")
            },
        },
        "models": {name: count_variant(name, variant, tolerance) for name, variant in models.items()},
    }


def count_variant(name: str, variant: Variant, tolerance: float) -> dict[str, Any]:
    """Count what one model made: an entry of the block ``models`` of the funnel."""
    kept = passes_screening(variant.predicted, name, tolerance)
    outcome = variant.relaxation.set_index("id").loc[kept.index[kept]]
    judged = variant.judged
    flags = judged[["negative_formation_energy", "metastable", "stable", "distinct"]].astype(bool)
    rejected = {
        **_count(variant.not_decoded["reason"], "decoding."),
        **({"screening.screened": int((~kept).sum())} if not kept.all() else {}),
        **_count(outcome.loc[outcome["status"] == "rejected", "reason"], "relaxation."),
    }
    mean = judged["formation_energy"].mean()
    return {
        "generated": variant.generated,
        "decoded": len(variant.predicted),
        "rejected": rejected,
        "relaxed": len(judged),
        **{str(flag): int(flags[flag].sum()) for flag in flags},
        "distinct_metastable": int((flags["distinct"] & flags["metastable"]).sum()),
        "distinct_stable": int((flags["distinct"] & flags["stable"]).sum()),
        "mean_formation_energy": None if judged.empty else round(float(mean), 6),
    }


def _count(reasons: pd.Series, prefix: str = "") -> dict[str, int]:
    return {f"{prefix}{reason}": count for reason, count in sorted(Counter(reasons).items())}


def check_sums(funnel: Mapping[str, Any]) -> list[str]:
    """Find the blocks in which what entered is not what came out plus the rejected.

    Returns
    -------
    list of str
        A sentence for each block whose sums do not close; empty if all do.
    """
    wrong = []

    def close(block: str, entered: int, left: int, rejected: int) -> None:
        if entered != left + rejected:
            wrong.append(f"{block}: {entered} entered, {left} left and {rejected} were rejected.")

    top = funnel["prototypes"]
    close("prototypes", top["enumerated"], top["sampled"], sum(top["rejected"].values()))
    base = funnel["database"]
    close("database", base["prototypes"], base["relaxed"], sum(base["rejected"].values()))
    close(
        "reconstruction",
        base["relaxed"],
        sum(split["n"] for split in base["reconstructed"].values()),
        base["subsystems"],
    )
    for name, model in funnel["models"].items():
        decoding = sum(count for reason, count in model["rejected"].items() if reason.startswith("decoding."))
        close(f"{name}, decoding", model["generated"], model["decoded"], decoding)
        close(name, model["generated"], model["relaxed"], sum(model["rejected"].values()))
    return wrong
