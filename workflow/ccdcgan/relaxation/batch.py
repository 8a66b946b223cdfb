"""One batch: from structures to relaxed ones and a table row for each, with a journal so that a killed one goes on."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import Rejected
from ccdcgan.relaxation.checks import check, shortest_distance
from ccdcgan.relaxation.engine import Engine, Relaxed
from ccdcgan.runs.progress import Progress

__all__ = ["COLUMNS", "relax_batch"]

log = logging.getLogger(__name__)

COLUMNS = [
    "id",
    "formula",
    "n_atoms",
    "status",
    "reason",
    "detail",
    "energy",
    "energy_per_atom",
    "second_energy_per_atom",
    "scale",
    "volume_per_atom",
    "shortest_distance",
    "steps",
    "fmax",
]
"""Of the table: energies in eV and eV/atom on the named scale (the second one on its own), volume in angstrom^3/atom,
distance in angstrom, fmax in eV/angstrom."""


def relax_batch(
    structures: Sequence[Atoms],
    load_engine: Callable[[], Engine],
    settings: Relaxation,
    journal: Path,
    code: str = "",
) -> tuple[list[Atoms], pd.DataFrame]:
    """Relax a batch and check every result.

    Every outcome is written to the journal as soon as it is known; a call that finds the journal of the same inputs
    and settings goes on from there, and so loses only what was in flight. The journal of anything else is discarded.

    Parameters
    ----------
    structures
        With ids.
    load_engine
        Called only if there is something left to relax.
    settings
        Section ``relaxation`` of the config.
    journal
        File of the journal; the caller deletes it once the results are safe.
    code
        Digest of the code, so that a journal of an older version is not believed.

    Returns
    -------
    list of Atoms
        The relaxed ones, in the order of the input; ``info`` as in the input.
    DataFrame
        A row for every input, in its order (columns `COLUMNS`); ``status`` is ``relaxed`` or ``rejected``.
    """
    rows = _read_journal(journal, _digest(structures, settings, code))
    waiting = [atoms for atoms in structures if atoms.info["id"] not in rows]
    by_id = {atoms.info["id"]: atoms for atoms in structures}
    if waiting:
        with journal.open("a") as file:
            engine = load_engine()
            progress = Progress(len(structures), len(rows))
            for name, outcome in engine.relax(waiting):
                rows[name] = _row(by_id[name], outcome, engine.scale, settings)
                file.write(json.dumps(rows[name]) + "\n")
                file.flush()
                os.fsync(file.fileno())
                words = (f"{len(rows)} of {len(structures)}: {name} {rows[name]['status']}", progress.left(len(rows)))
                log.info(", ".join(filter(None, words)))
    missing = [name for name in by_id if name not in rows]
    if missing:
        raise RuntimeError(f"the engine gave no outcome for {missing[0]} and {len(missing) - 1} more")
    relaxed = []
    for name, atoms in by_id.items():
        geometry = rows[name].get("geometry")
        if geometry is not None:
            copy = Atoms(atoms.symbols, positions=geometry["positions"], cell=geometry["cell"], pbc=True)
            copy.info = dict(atoms.info)
            relaxed.append(copy)
    return relaxed, pd.DataFrame([rows[name] for name in by_id], columns=COLUMNS)


def _row(atoms: Atoms, outcome: Relaxed | Rejected, scale: str, settings: Relaxation) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": atoms.info["id"],
        "formula": atoms.get_chemical_formula(mode="metal"),
        "n_atoms": len(atoms),
    }
    if isinstance(outcome, Relaxed):
        try:
            check(outcome, settings)
        except Rejected as error:
            outcome = error
    if isinstance(outcome, Rejected):
        return row | {"status": "rejected", "reason": str(outcome.reason), "detail": outcome.detail}
    final = outcome.atoms
    return row | {
        "status": "relaxed",
        "energy": outcome.energy,
        "energy_per_atom": outcome.energy / len(final),
        "second_energy_per_atom": None if outcome.second_energy is None else outcome.second_energy / len(final),
        "scale": scale,
        "volume_per_atom": final.get_volume() / len(final),
        "shortest_distance": shortest_distance(final),
        "steps": outcome.steps,
        "fmax": outcome.fmax,
        "geometry": {"cell": final.cell.array.tolist(), "positions": final.positions.tolist()},
    }


def _digest(structures: Sequence[Atoms], settings: Relaxation, code: str) -> str:
    digest = hashlib.sha256(code.encode() + settings.model_dump_json().encode())
    for atoms in structures:
        digest.update(str(atoms.info["id"]).encode())
        for array in (atoms.numbers, atoms.cell.array, atoms.positions):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _read_journal(path: Path, digest: str) -> dict[str, dict[str, Any]]:
    """Read the rows of a journal, or start a new one if there is none for the same inputs."""
    rows = {}
    lines = list(_complete_lines(path))
    if lines and lines[0].get("digest") == digest:
        rows = {row["id"]: row for row in lines[1:]}
    # Written anew, so that a line cut off by a kill does not stand before the next ones.
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in [{"digest": digest}, *rows.values()])
    temporary = path.with_suffix(path.suffix + ".new")
    temporary.write_text(text)
    temporary.replace(path)
    return rows


def _complete_lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for line in path.read_text(errors="replace").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return
