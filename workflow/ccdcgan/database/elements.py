"""The elements' phases by the default potential, and the table of references: ``make references``.

``python -m ccdcgan.database.elements`` relaxes every elemental prototype of at most 32 atoms in the primitive cell for
every element that the potential knows (noble gases apart), goes on where an earlier call stopped, and writes

- ``resources/references.extxyz``: ground state and lowest structure of each element, from which every run starts,
- ``resources/references.csv`` and ``resources/references.md``: the table, beside published PBE energies.

A relaxation is given up when it lies so far above the lowest structure of its element that it cannot come below it any
more (`MARGINS`); how many were is in the table.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
from ase import Atoms
from pymatgen.core import Composition

from ccdcgan.config.elements import NOBLE_GASES, POTENTIAL_ELEMENTS
from ccdcgan.config.loading import load_config
from ccdcgan.config.matching import Matching
from ccdcgan.config.project import DEFAULT_CONFIG, RESOURCES
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import (
    Reason,
    Rejected,
    read_structures,
    read_table,
    space_group,
    to_pymatgen,
    write_structures,
)
from ccdcgan.prototypes.elements import LARGEST, SHIPPED, fill_elemental, ground_state
from ccdcgan.prototypes.sources.aflow import read_prototypes
from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.engine import Engine, Relaxed
from ccdcgan.relaxation.potentials import PotentialEngine
from ccdcgan.runs.markdown import as_table, between_markers

__all__ = ["COLUMNS", "Race", "published_energies", "reference_row", "relax_element"]

log = logging.getLogger(__name__)

ELEMENTS = [symbol for symbol in POTENTIAL_ELEMENTS if symbol not in NOBLE_GASES]
SIZES = ((0, 2), (3, 8), (9, 17), (18, LARGEST))
"""Atoms in the cell of those that are relaxed together, the small ones first: they show where the lowest lie."""
MARGINS = ((60, 0.08), (30, 0.15), (15, 0.3), (8, 0.6), (0, 1.5))
"""Steps, and energy above the lowest so far, in eV/atom, beyond which a relaxation is given up from there on."""
SAME = 0.002
"""Energy in eV/atom up to which two structures that match are one."""
PUBLISHED = "pymatgen/analysis/compatibility/calc_compounds.json.gz"
"""Total energies by PBE of the Materials Project, to which pymatgen's corrections are fitted."""
MARKERS = ("<!-- written by python -m ccdcgan.database.elements -->", "<!-- end -->")
COLUMNS = [
    "element",
    "prototypes",
    "relaxed",
    "given_up",
    "rejected",
    "reference",
    "title",
    "space_group",
    "n_atoms",
    "energy",
    "ground_state",
    "ground_state_above",
    "published",
    "published_id",
    "difference",
]
"""Of the table: energies in eV/atom. ``reference`` is the lowest structure, the ground state where the two are the same
crystal; ``title`` is that of the prototype from which it came, ``space_group`` its own. ``ground_state_above`` is the
energy of the ground state above it, missing where they are the same or it did not relax."""


@dataclass
class Race:
    """Gives up what cannot become the lowest structure of its element."""

    lowest: float = field(default=float("inf"))
    """Energy in eV/atom of the lowest structure so far, by the potential that relaxes."""
    spared: str = ""
    """Id of a structure that is never given up: the known ground state."""

    def __call__(self, atoms: Atoms, energy: float, steps: int) -> Rejected | None:
        """See `ccdcgan.relaxation.lockstep.GiveUp`."""
        per_atom = energy / len(atoms)
        self.lowest = min(self.lowest, per_atom)
        margin = next(value for start, value in MARGINS if steps >= start)
        if per_atom <= self.lowest + margin or atoms.info["id"] == self.spared:
            return None
        detail = f"{per_atom - self.lowest:.3f} eV/atom above the lowest after {steps} steps"
        return Rejected(Reason.GIVEN_UP, detail)


class _Racing:
    """An engine in which structures race."""

    def __init__(self, engine: PotentialEngine, race: Race) -> None:
        self.engine, self.race, self.scale = engine, race, engine.scale

    def relax(self, structures: Sequence[Atoms]) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """See `ccdcgan.relaxation.engine.Engine.relax`."""
        return self.engine.relax(structures, self.race)


def relax_element(symbol: str, engine: PotentialEngine, folder: Path) -> tuple[list[Atoms], pd.DataFrame]:
    """Relax every elemental prototype of at most `LARGEST` atoms.

    Parameters
    ----------
    symbol
        Of the element.
    engine
        Its settings hold how far a relaxation goes.
    folder
        Where the outcomes are kept; those that are there are read.

    Returns
    -------
    list of Atoms
        The relaxed ones.
    DataFrame
        As of `relax_batch`, a row for each prototype.
    """
    files = folder / f"{symbol}.csv", folder / f"{symbol}.extxyz"
    if files[0].exists():
        return read_structures(files[1]), read_table(files[0])
    starts = list(fill_elemental(symbol, LARGEST))
    race = Race(spared=_known(symbol, starts) or "")

    def racing() -> Engine:
        return _Racing(engine, race)

    relaxed, tables = [], []
    for low, high in SIZES:
        part = [atoms for atoms in starts if low <= len(atoms) <= high]
        done, rows = relax_batch(part, racing, engine.settings, folder / f"{symbol}.{low}.journal")
        relaxed += done
        tables.append(rows)
    table = pd.concat([rows for rows in tables if len(rows)], ignore_index=True)
    write_structures(files[1], relaxed)
    table.to_csv(files[0], index=False)
    return relaxed, table


def published_energies() -> dict[str, tuple[float, str]]:
    """Element -> total energy of its lowest phase by PBE, in eV/atom, and its number in the Materials Project.

    From pymatgen: the calculated compounds of A. Wang et al., Sci. Rep. 11, 15496 (2021), uncorrected.
    """
    spec = find_spec("pymatgen.analysis.compatibility")
    for folder in (spec and spec.submodule_search_locations) or []:
        path = Path(folder) / Path(PUBLISHED).name
        if path.exists():
            entries = json.loads(gzip.decompress(path.read_bytes())).values()
            break
    else:
        raise ValueError(f"pymatgen: found no {PUBLISHED}, expected it in the installed package")
    energies = {}
    for entry in entries:
        composition = Composition(entry["composition"])
        if len(composition) == 1:
            energy = entry["energy"] / composition.num_atoms
            energies[composition.elements[0].symbol] = energy, str(entry["entry_id"])
    return energies


def _known(symbol: str, structures: Sequence[Atoms]) -> str | None:
    """Id of an element's ground state among structures."""
    ending = f"{ground_state(symbol)}.{symbol}"
    return next((name for name in (atoms.info["id"] for atoms in structures) if name.endswith(ending)), None)


def reference_row(
    symbol: str, relaxed: Sequence[Atoms], table: pd.DataFrame, tolerances: Matching
) -> tuple[dict[str, object], list[Atoms]]:
    """Row of the table of references (some of `COLUMNS`), and the structures that are shipped.

    Parameters
    ----------
    symbol
        Of the element.
    relaxed, table
        Of `relax_element`.
    tolerances
        Of StructureMatcher.

    Raises
    ------
    ValueError
        If nothing was relaxed.
    """
    rows = table[table["status"] == "relaxed"].sort_values(["energy_per_atom", "id"]).set_index("id")
    if rows.empty:
        raise ValueError(f"element {symbol}: found no relaxed structure, expected at least one")
    structures = {atoms.info["id"]: atoms for atoms in relaxed}
    lowest, energy = str(rows.index[0]), float(rows["energy_per_atom"].iloc[0])
    known = _known(symbol, relaxed)
    above: float | None = None
    if known is not None and known != lowest:
        above = float(rows["energy_per_atom"].loc[[known]].iloc[0]) - energy
        same = matcher(tolerances).fit(*(to_pymatgen(structures[name]) for name in (known, lowest)))
        if same and above < SAME:
            lowest, energy, above = known, energy + above, None
    reasons = table["reason"].value_counts()
    given_up = int(reasons.get(str(Reason.GIVEN_UP), 0))
    row = {
        "element": symbol,
        "prototypes": len(table),
        "relaxed": len(rows),
        "given_up": given_up,
        "rejected": len(table) - len(rows) - given_up,
        "reference": lowest.rsplit(".", 1)[0].split(".", 1)[1],
        "space_group": space_group(structures[lowest]),
        "n_atoms": len(structures[lowest]),
        "energy": energy,
        "ground_state": ground_state(symbol),
        "ground_state_above": above,
    }
    return row, [structures[name] for name in dict.fromkeys([lowest, known]) if name is not None]


def _page(table: pd.DataFrame) -> str:
    """The generated part of the page."""
    other = table[table["ground_state_above"].notna()]
    off = table["difference"].abs()
    wrong = other[other["ground_state_above"] > SAME]
    nonsense = table[table["ground_state_above"].isna() & (table["reference"] != table["ground_state"])]
    shown = table.drop(columns=["prototypes", "relaxed", "given_up", "rejected", "ground_state"])
    lower = "; ".join(
        f"{row['element']} ({row['reference']}, {1000 * row['ground_state_above']:.0f} meV/atom below "
        f"{row['ground_state']})"
        for row in wrong.to_dict("records")
    )
    counts = (
        f"{len(table)} elements; {table['prototypes'].sum()} prototypes: {table['relaxed'].sum()} relaxed, "
        f"{table['given_up'].sum()} given up, {table['rejected'].sum()} rejected. From the published energies ours "
        f"differ by {off.mean():.3f} eV/atom in the mean, {off.median():.3f} in the median; {(off < 0.03).sum()} of "
        f"{off.notna().sum()} by less than 0.03, {(off > 0.1).sum()} by more than 0.1."
    )
    verdict = (
        f"For {len(table) - len(wrong) - len(nonsense)} elements the potential's lowest structure is the known "
        f"ground state, or within {SAME:g} eV/atom of it. For {len(wrong)} it puts another one lower than that, and is "
        f"wrong, or PBE is: {lower}. The known ground state relaxes to nonsense: "
        f"{', '.join(nonsense['element']) or 'none'}."
    )
    return "\n\n".join([counts, verdict, as_table(shown.rename(columns=lambda name: name.replace("_", " ")))])


def main(arguments: Sequence[str] | None = None) -> None:
    """Relax what is not relaxed yet, and write the structures, the table and the page."""
    parser = argparse.ArgumentParser(prog="python -m ccdcgan.database.elements", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("results/elements"), help="of the outcomes")
    parser.add_argument("--elements", nargs="+", default=ELEMENTS, choices=ELEMENTS, metavar="ELEMENT")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    config = load_config(DEFAULT_CONFIG)
    further = {"fmax": 0.05, "max_steps": 300, "time_limit": 1800.0, "min_distance": None, "volume_per_atom": None}
    settings: Relaxation = config.relaxation.of_engine().model_copy(update=further)
    options.folder.mkdir(parents=True, exist_ok=True)
    engine = PotentialEngine(settings, options.threads)
    rows, shipped = [], []
    titles = {prototype.label: prototype.title for prototype in read_prototypes()}
    published = published_energies()
    for symbol in options.elements:
        log.info("%s", symbol)
        row, structures = reference_row(symbol, *relax_element(symbol, engine, options.folder), config.matching)
        energy, number = published.get(symbol, (None, None))
        rows.append(
            {
                **row,
                "title": titles.get(str(row["reference"]), ""),
                "published": energy,
                "published_id": number,
                "difference": None if energy is None else float(str(row["energy"])) - energy,
            }
        )
        shipped += structures
    if options.elements != ELEMENTS:
        print(pd.DataFrame(rows, columns=COLUMNS).to_string())
        return
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.round(4).to_csv(RESOURCES / "references.csv", index=False)
    write_structures(SHIPPED, shipped)
    page = RESOURCES / "references.md"
    page.write_text(between_markers(page.read_text(), _page(table), MARKERS))


if __name__ == "__main__":
    main()
