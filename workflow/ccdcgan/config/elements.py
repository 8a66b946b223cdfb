"""Which elements a run may hold: what the potentials have learnt, and what forms compounds.

Plain lists, so that a run is refused before anything heavy is loaded; a test compares them with the potentials.
"""

from __future__ import annotations

__all__ = ["NOBLE_GASES", "POTENTIAL_ELEMENTS", "SHIPPED_POTENTIALS", "known_elements"]

NOBLE_GASES = ("He", "Ne", "Ar", "Kr", "Xe", "Rn")
"""No stable compounds to learn from, and no bonds that a potential has seen."""
_SYMBOLS = """
H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V
Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd
Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm
Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Ac Th Pa U Np Pu
"""
POTENTIAL_ELEMENTS = tuple(_SYMBOLS.split())
"""Of the relaxations of the Materials Project from which the shipped potentials have learnt (MPtrj)."""
SHIPPED_POTENTIALS = ("7net-0", "7net-l3i5", "7net-mf-0", "chgnet-0.2.0", "chgnet-0.3.0")
"""Potentials of which that is known."""


def known_elements(engine: str, models: tuple[str | None, ...]) -> tuple[str, ...] | None:
    """Elements that an engine knows; None if that depends on a checkpoint of the user's or on POTCARs.

    Parameters
    ----------
    engine
        Name in the config.
    models
        Potentials that the config names; None stands for the engine's own.
    """
    if engine not in ("sevennet", "chgnet") or any(name and name not in SHIPPED_POTENTIALS for name in models):
        return None
    return POTENTIAL_ELEMENTS
