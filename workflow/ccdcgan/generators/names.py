"""The names of the models: which training, or which control, a file under ``results/`` is of.

Rules take them as wildcards, so that any training can be asked for by its name, such as
``ccdcgan-weight0.3-seed1-without-BiSe3``; ``-best10`` at the end of a model that draws crystal graphs means the best of
ten graphs each, and ``flow-energy_above_hull=0-Bi=0.4`` is the flow, asked for these. Imported by the Snakefile, so
nothing heavy stands here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from ccdcgan.config.flow import ASKED, NUMBER, PROPERTY, parse_asked

__all__ = [
    "CONTROLS",
    "FLOW",
    "FLOWS",
    "GAN",
    "GANS",
    "GRAPHS",
    "HOLDOUT",
    "LATENTS",
    "MODEL",
    "NOISY",
    "NO_HOLDOUT",
    "SAMPLED",
    "TRAINING",
    "VARIANT",
    "Training",
    "check_formula",
    "choice_of",
    "holdout_of",
    "is_control",
    "model_of",
    "of_seed",
    "of_weight",
    "parse_training",
]

NO_HOLDOUT = "none"
"""Value of the wildcard ``{holdout}`` where no composition is left out."""
LATENTS = ("latents", "weighted_latents")
"""The controls that take their crystal graphs from the training set."""
CONTROLS = ("random", "substitution", *LATENTS)
"""Models that are no training; the first two give crystals without any crystal graph."""
NOTHING = "nothing"
"""What stands in the name of a flow that is asked for nothing."""
SCREENED = "+constraint"
"""End of the name of a variant: its model, screened by the constraint."""

# Without groups: Snakemake puts them into its own.
_NUMBER = r"(?:0|[1-9][0-9]*)"
_FORMULA = r"(?:[A-Z][a-z]?[0-9]*)+"
_SEVERAL = r"(?:[2-9]|[1-9][0-9]+)"
_BEST = rf"(?:-best{_SEVERAL})?"
_WEIGHT = rf"{_NUMBER}(?:\.[0-9]+)?"
_REST = rf"(?:-seed{_NUMBER})?(?:-without-{_FORMULA})?"
GAN = rf"(?:dcgan|ccdcgan(?:-weight{_WEIGHT})?){_REST}"
"""Regular expression of the name of a training of a GAN."""
FLOW = rf"flow{_REST}"
"""Regular expression of the name of a training of the flow, whatever it is asked for then."""
TRAINING = rf"(?:{GAN}|{FLOW})"
"""Regular expression of the name of a training."""
GANS = rf"(?:{GAN}{_BEST})"
"""Regular expression of the wildcard ``{model}`` where its graphs come from a GAN."""
FLOWS = rf"(?:flow(?:-{NOTHING}|(?:-{ASKED})+)?{_REST}{_BEST})"
"""Regular expression of the wildcard ``{model}`` where its graphs come from the flow."""
SAMPLED = rf"(?:{GANS}|{FLOWS})"
"""Regular expression of the wildcard ``{model}`` where its graphs come from a generator."""
NOISY = rf"(?:(?:{'|'.join(LATENTS)}){_BEST})"
"""Regular expression of the wildcard ``{model}`` where its graphs are those of the training set, with noise."""
GRAPHS = rf"(?:{SAMPLED}|{NOISY})"
"""Regular expression of the wildcard ``{model}`` where it stands for what makes crystal graphs."""
MODEL = rf"(?:{GRAPHS}|{'|'.join(CONTROLS)})"
"""Regular expression of the wildcard ``{model}``."""
VARIANT = rf"{MODEL}(?:{re.escape(SCREENED)})?"
"""Regular expression of the wildcard ``{variant}``."""
HOLDOUT = rf"(?:{NO_HOLDOUT}|{_FORMULA})"
"""Regular expression of the wildcard ``{holdout}``."""


@dataclass(frozen=True)
class Training:
    """One training and how it is sampled; ``str()`` is its name, and what is None does not occur in it."""

    network: Literal["dcgan", "ccdcgan", "flow"]
    """Which one."""
    weight: float | None = None
    """Weight of the formation energy in CCDCGAN's loss; None: that of the config."""
    seed: int | None = None
    """Of the training and of its noise; None: that of the config."""
    without: str | None = None
    """Reduced formula of the composition that is removed from everything that is trained; None: none."""
    best: int | None = None
    """Graphs that are drawn for each one that is kept, the one of the lowest predicted formation energy; None: one."""
    asked: tuple[tuple[str, float], ...] | None = None
    """Conditions and values that the flow is asked for; None: those of the config."""

    def __str__(self) -> str:
        name: str = self.network
        if self.weight is not None:
            name += f"-weight{_plain(self.weight)}"
        if self.asked is not None:
            name += "".join(f"-{each}={_plain(value)}" for each, value in self.asked) or f"-{NOTHING}"
        if self.seed is not None:
            name += f"-seed{self.seed}"
        if self.without is not None:
            name += f"-without-{self.without}"
        return name if self.best is None else f"{name}-best{self.best}"

    @property
    def holdout(self) -> str:
        """Value of the wildcard ``{holdout}``."""
        return self.without or NO_HOLDOUT


def _plain(value: float) -> str:
    """A number without an exponent, and without a sign of zero."""
    return f"{Decimal(repr(value + 0.0)).normalize():f}"


def parse_training(name: str) -> Training:
    """Read the name of a training.

    Raises
    ------
    ValueError
        If it is none, or is another way to write one.
    """
    if not re.fullmatch(SAMPLED, name):
        raise ValueError(
            f"model {name!r}: found no name of a training, expected dcgan, ccdcgan or flow, then as wanted "
            "-weight0.3 (ccdcgan only), -energy_above_hull=0 or -nothing (flow only), -seed1, -without-BiSe3, -best10, "
            "in this order"
        )
    values: dict[str, str] = dict(re.findall("-(weight|seed|without-|best)([^-=]+)(?![^-]*=)", name))
    asked = tuple(parse_asked(text) for text in re.findall(rf"-({PROPERTY}={NUMBER})", name))
    network = name.partition("-")[0]
    if len(dict(asked)) < len(asked):
        raise ValueError(f"model {name!r}: found a condition twice, expected each once")
    training = Training(
        "dcgan" if network == "dcgan" else "flow" if network == "flow" else "ccdcgan",
        weight=float(values["weight"]) if "weight" in values else None,
        seed=int(values["seed"]) if "seed" in values else None,
        without=values.get("without-"),
        best=int(values["best"]) if "best" in values else None,
        asked=asked if asked or f"-{NOTHING}" in name else None,
    )
    if str(training) != name:
        raise ValueError(f"model {name!r}: expected it written as {str(training)!r}")
    return training


def model_of(variant: str) -> str:
    """Model whose structures a variant takes: DCGAN + constraint is DCGAN, screened."""
    return variant.removesuffix(SCREENED)


def of_weight(weight: float, default: float) -> str:
    """Name of the training of a weight of the formation energy: DCGAN for none, CCDCGAN for the config's."""
    if weight == 0:
        return "dcgan"
    return str(Training("ccdcgan", weight=None if weight == default else weight))


def of_seed(variant: str, seed: int, default: int) -> str:
    """Name of a variant of the config with another seed than the config's."""
    model = str(replace(parse_training(model_of(variant)), seed=None if seed == default else seed))
    return model + variant.removeprefix(model_of(variant))


def holdout_of(model: str) -> str:
    """Value of the wildcard ``{holdout}`` of a model's autoencoders, crystal graphs and constraint."""
    return NO_HOLDOUT if is_control(model) else parse_training(model).holdout


def is_control(model: str) -> bool:
    """Whether a model is a control, whichever of its graphs are kept, and no training."""
    return model.partition("-")[0] in CONTROLS


def choice_of(model: str) -> int:
    """Number of graphs that a model draws for each one that is kept."""
    return int(model.partition("-best")[2] or 1)


def simple_compositions(system: Sequence[str]) -> list[str]:
    """Reduced formulas that are left out if the config names none: the paper's four, in the elements of a system."""
    amounts = (
        [(1, 3), (2, 3), (2, 1), (3, 1)]
        if len(system) == 2
        else [tuple(1 + (place == doubled) for place in range(len(system))) for doubled in range(-1, len(system))]
    )
    return [
        "".join(symbol + (str(count) if count > 1 else "") for symbol, count in zip(system, counts, strict=True))
        for counts in amounts
    ]


def check_formula(formula: str, system: Sequence[str]) -> None:
    """Refuse what is not the reduced formula of a composition of the system.

    Parameters
    ----------
    formula
        Such as ``Bi2Se3``.
    system
        Element symbols, in the order in which a formula names them.

    Raises
    ------
    ValueError
        If it is no formula, holds an element that is not in the system, or is written otherwise.
    """
    wanted = f"expected the reduced formula of a composition of {'-'.join(system)}"
    if not re.fullmatch(_FORMULA, formula):
        raise ValueError(f"composition {formula!r}: found no formula, {wanted}")
    parts = [(symbol, int(count or 1)) for symbol, count in re.findall(r"([A-Z][a-z]?)([0-9]*)", formula)]
    for symbol, count in parts:
        if symbol not in system:
            raise ValueError(f"composition {formula!r}: found element {symbol}, {wanted}")
        if not count:
            raise ValueError(f"composition {formula!r}: found no {symbol} at all, {wanted}")
    amounts = {symbol: sum(count for other, count in parts if other == symbol) for symbol in system}
    divisor = math.gcd(*amounts.values())
    reduced = "".join(
        symbol + (str(amount // divisor) if amount > divisor else "") for symbol, amount in amounts.items() if amount
    )
    if formula != reduced:
        raise ValueError(f"composition {formula!r}: {wanted}, which is {reduced!r}")
