"""Which known phases come back from how many crystal graphs, at the price of the relaxations that can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from ase import Atoms
from pymatgen.core import Composition

from ccdcgan.config.matching import Matching
from ccdcgan.crystals.matching import find_matches
from ccdcgan.crystals.structures import to_pymatgen

__all__ = ["COLUMNS", "may_become", "rediscovered"]

COLUMNS = ["model", "samples", "phase", "formula", "n_atoms", "decoded", "relaxed", "found_before", "found", "first"]
"""Of the table of `rediscovered`."""


def may_become(crystals: Iterable[Atoms], phases: Iterable[Atoms]) -> list[Atoms]:
    """The crystals that a relaxation could turn into one of some phases.

    They have its composition, and a whole number of its primitive cells in theirs: a relaxation keeps the atoms.
    """
    sizes: dict[str, set[int]] = {}
    for phase in phases:
        sizes.setdefault(_formula(phase), set()).add(_primitive_size(phase))
    return [atoms for atoms in crystals if any(len(atoms) % size == 0 for size in sizes.get(_formula(atoms), ()))]


def rediscovered(
    samples: Sequence[int],
    phases: Sequence[Atoms],
    decoded: Mapping[str, Sequence[Atoms]],
    relaxed: Mapping[str, Sequence[Atoms]],
    tolerances: Matching,
) -> pd.DataFrame:
    """Count the crystals that are a known phase among the first graphs of every model.

    Parameters
    ----------
    samples
        Numbers of graphs to count among.
    phases
        Relaxed known phases, with their names as ids.
    decoded
        Model -> its decoded crystals, with ids that end in the number of their graph.
    relaxed
        Model -> those of `may_become` that could be relaxed.
    tolerances
        Of StructureMatcher.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row for each model, number of graphs and phase: ``n_atoms`` in the phase's primitive cell,
        ``decoded`` crystals of its composition, ``relaxed`` ones of these that may become it and were relaxed;
        ``found_before`` and ``found`` of them match the phase before and after relaxation, and ``first`` is the first
        that does afterwards.
    """
    about = {atoms.info["id"]: (_formula(atoms), _primitive_size(atoms)) for atoms in phases}
    rows = []
    for model, crystals in decoded.items():
        every = _described(crystals)
        before = _matched(may_become(crystals, phases), phases, tolerances)
        after = _matched(relaxed[model], phases, tolerances)
        for size in samples:
            for name, (formula, n_atoms) in about.items():
                now = after[(after["number"] < size) & (after["formula"] == formula)]
                found = now[now["phase"] == name]
                rows.append(
                    {
                        "model": model,
                        "samples": size,
                        "phase": name,
                        "formula": formula,
                        "n_atoms": n_atoms,
                        "decoded": int(((every["number"] < size) & (every["formula"] == formula)).sum()),
                        "relaxed": int((now["n_atoms"] % n_atoms == 0).sum()),
                        "found_before": int(((before["number"] < size) & (before["phase"] == name)).sum()),
                        "found": len(found),
                        "first": None if found.empty else found.sort_values("number")["id"].iloc[0],
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def _described(crystals: Sequence[Atoms]) -> pd.DataFrame:
    """Id, number of the graph, reduced formula and number of atoms of each crystal."""
    return pd.DataFrame(
        {
            "id": [atoms.info["id"] for atoms in crystals],
            "number": [int(atoms.info["id"].rpartition("-")[2]) for atoms in crystals],
            "formula": [_formula(atoms) for atoms in crystals],
            "n_atoms": [len(atoms) for atoms in crystals],
        }
    )


def _matched(crystals: Sequence[Atoms], phases: Sequence[Atoms], tolerances: Matching) -> pd.DataFrame:
    """The same, and the phase that each crystal matches, or None."""
    matches = find_matches([to_pymatgen(each) for each in crystals], [to_pymatgen(each) for each in phases], tolerances)
    table = _described(crystals)
    table["phase"] = [None if match is None else phases[match].info["id"] for match in matches]
    return table


def _formula(atoms: Atoms) -> str:
    return Composition(atoms.get_chemical_formula()).reduced_formula


def _primitive_size(atoms: Atoms) -> int:
    return len(to_pymatgen(atoms).get_primitive_structure())
