"""Too little to go on, said usefully: how many were rejected for which reason, and which key would change that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ccdcgan.crystals.structures import Reason

__all__ = ["why"]

KEYS: Mapping[str, Mapping[str, str]] = {
    "prototypes": {
        Reason.SPECIES: "prototypes.aflow.merge_species",
        Reason.TOO_MANY_ATOMS: "prototypes.max_atoms",
        Reason.TOO_LONG: "prototypes.max_length",
        Reason.VOLUME: "prototypes.max_volume_ratio",
        Reason.DUPLICATE: "prototypes.sources",
        Reason.NOT_SAMPLED: "prototypes.sample",
    },
    "relaxation": {
        Reason.VOLUME: "relaxation.volume_per_atom",
        Reason.TOO_CLOSE: "relaxation.min_distance",
        Reason.NOT_CONVERGED: "relaxation.max_steps or relaxation.fmax",
        Reason.TIME_LIMIT: "relaxation.time_limit",
        Reason.POSITIVE_ENERGY: "relaxation.energy_model",
        Reason.DIVERGED: "prototypes.min_contact",
    },
    "voxels": {
        Reason.OUTSIDE_BOX: "voxels.sites_box",
        Reason.TOO_LONG: "prototypes.max_length",
    },
}
"""Stage -> reason -> the key of the config that decides it."""


def why(stage: str, reasons: Iterable[str]) -> str:
    """One sentence: rejects of a stage by reason, the most frequent first, each with the key that would change it.

    Parameters
    ----------
    stage
        One of `KEYS`.
    reasons
        Of each reject.
    """
    counts = Counter(reasons)
    if not counts:
        return "Nothing was rejected."
    keys = KEYS[stage]
    parts = [
        f"{count} for {reason}" + (f" (key {keys[reason]})" if reason in keys else "")
        for reason, count in counts.most_common()
    ]
    return f"Rejected: {', '.join(parts)}."
