"""Files as people have them: what must become of each, what became of it before, and what becomes of it now.

``python -m tests.prototypes.readers.situations`` writes the tables of ``resources/reading.md``: the 48 files of
``structure_files`` and the settings of space groups. ``before.csv`` holds what pymatgen's parsers gave with the readers
of commit 24fd256 (pymatgen 2026.10.24); pymatgen's settings are asked anew.
"""

from __future__ import annotations

import csv
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import spglib
from pymatgen.core import Composition
from pymatgen.io.cif import CifParser

from ccdcgan.config.prototypes import Files
from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers.cif import document
from ccdcgan.prototypes.readers.parts import attempt
from ccdcgan.prototypes.readers.reading import Found, read
from ccdcgan.runs.markdown import as_table, between_markers
from tests.prototypes.readers import settings
from tests.prototypes.support import limits

HERE = Path(__file__).parent
FILES = HERE / "structure_files"
PAGE = HERE.parents[2] / "resources/reading.md"
MARKERS = ("<!-- written by python -m tests.prototypes.readers.situations -->", "<!-- end -->")
MAX_ATOMS = 1000
SYMPREC = 0.01


class Crystal(NamedTuple):
    """What a file may become."""

    formula: str
    """Of the cell given."""
    space_group: int

    @property
    def atoms(self) -> int:
        return int(Composition(self.formula).num_atoms)


ROCK_SALT = Crystal("Bi4 Se4", 225)
NICKEL_ARSENIDE = Crystal("Bi2 Se2", 194)
CAESIUM_CHLORIDE = Crystal("Bi1 Se1", 221)
SODIUM_THALLIDE = Crystal("Bi8 Se8", 227)
TETRADYMITE = Crystal("Bi2 Se3", 166)
RIGHT: dict[str, tuple[Crystal | None, ...]] = {
    "cartesian_negative.vasp": (NICKEL_ARSENIDE,),
    "cartesian_negative_selective.vasp": (NICKEL_ARSENIDE,),
    "three_scales.vasp": (NICKEL_ARSENIDE,),
    "occupancy_dot.cif": (CAESIUM_CHLORIDE,),
    "occupancy_all_dot.cif": (CAESIUM_CHLORIDE,),
    "occupancy_zero.cif": (None,),
    "coordinate_dot.cif": (None,),
    "type_question.cif": (CAESIUM_CHLORIDE, None),
    "hex_Hall_only.cif": (Crystal("Bi6 Se9", 166),),
    "rhomb_HM.cif": (TETRADYMITE,),
    "rhomb_HM_R.cif": (TETRADYMITE,),
    "natl_o2_colon2.cif": (SODIUM_THALLIDE,),
    "natl_o2_plain.cif": (SODIUM_THALLIDE,),
    "natl_o1_plain.cif": (SODIUM_THALLIDE,),
    "unknown_symbol.cif": (Crystal("Bi8 Se8", 2), None),
    "attached_hydrogens.cif": (None,),
    "label_OH.cif": (None,),
    "moments_ordinary_operators.cif": (ROCK_SALT,),
    "slab_pbc_ttf.json": (None,),
    "ops_cap_tag.cif": (ROCK_SALT,),
    "tags_upper.cif": (ROCK_SALT,),
    "ops_dotted_tag.cif": (ROCK_SALT, None),
    "disorder_groups.cif": (None,),
    "negative_occupancy.cif": (None,),
    "isotope_in_Se.cif": (ROCK_SALT, None),
    "crlf.cif": (ROCK_SALT,),
    "3digits.cif": (NICKEL_ARSENIDE,),
    "POSCAR_lower": (CAESIUM_CHLORIDE,),
    "POSCAR_fortran": (CAESIUM_CHLORIDE,),
    "POSCAR_glued": (None,),
    "upper_column.csv#a": (CAESIUM_CHLORIDE,),
    "upper_column.csv#b": (CAESIUM_CHLORIDE,),
    "semicolon.csv#a": (CAESIUM_CHLORIDE,),
    "semicolon.csv#b": (CAESIUM_CHLORIDE,),
    "empty_loop.cif": (CAESIUM_CHLORIDE,),
    "CONTCAR_predictor": (TETRADYMITE,),
    "POSCAR_vasp4_named": (TETRADYMITE, None),
    "entry.json": (TETRADYMITE,),
    "named.json#a": (TETRADYMITE,),
    "named.json#b": (ROCK_SALT,),
    "lines.jsonl#1": (TETRADYMITE,),
    "lines.jsonl#2": (ROCK_SALT,),
    "structure.json.gz": (TETRADYMITE,),
    "Bi2Se3.cif.gz": (TETRADYMITE,),
    "rock.cif.bz2": (ROCK_SALT,),
    "generated_crystals_cif.zip#gen_0.cif": (TETRADYMITE,),
    "generated_crystals_cif.zip#gen_1.cif": (ROCK_SALT,),
    "optimade.json#1": (TETRADYMITE,),
    "airss.res": (TETRADYMITE,),
    "volume_mismatch.cif": (None,),
    "formula_mismatch.cif": (None,),
    "impossible_angles.cif": (None,),
    "duplicate_site.cif": (None,),
}
"""What the structures of ``expected.csv`` may become: a crystal, or None for a reject."""


def files_section(**changes: object) -> Files:
    """Section prototypes.files, with some keys changed."""
    values: dict[str, object] = {
        "paths": [str(FILES)],
        "cif_column": "cif",
        "merge_species": False,
        "max_size": 5.0,
        "time_limit": 20.0,
        "licence": "",
        "citation": "",
    }
    return Files.model_validate({**values, **changes})


def crystal_of(found: Found) -> Crystal | None:
    """What was read, in the cell given; None for a reject."""
    if isinstance(found.cell, Rejected):
        return None
    assert found.elements is not None
    counts = Counter(found.elements[kind] for kind in found.cell.species)
    number = spglib.get_symmetry_dataset(found.cell, symprec=SYMPREC).number
    return Crystal(Composition(counts).formula, int(number))


def read_all() -> dict[str, Found]:
    """Every structure of the files, by file and label."""
    section, bounds = files_section(), limits(max_atoms=MAX_ATOMS)
    return {
        f"{path.name}#{found.label}" if found.label else path.name: found
        for path in sorted(FILES.iterdir())
        for found in read(path, section, bounds)
    }


def situations() -> dict[str, str]:
    """What each file is an example of."""
    with (HERE / "expected.csv").open(newline="") as file:
        return {row["file"]: row["situation"] for row in csv.DictReader(file)}


def before() -> dict[str, tuple[Crystal | None, str]]:
    """What the files became before, and why if they were rejected."""
    with (HERE / "before.csv").open(newline="") as file:
        return {
            row["structure"]: (
                Crystal(row["formula"], int(row["space_group"])) if row["formula"] else None,
                row["detail"],
            )
            for row in csv.DictReader(file)
        }


def verdict(name: str, crystal: Crystal | None) -> str:
    """Whether this may become of a structure."""
    if crystal in RIGHT[name]:
        return "right"
    return "refused" if crystal is None else "wrong"


def files_tables() -> str:
    """The table of the files, and counts."""
    now, earlier = read_all(), before()
    rows, counts = [], {"before": Counter[str](), "now": Counter[str]()}
    for file, situation in situations().items():
        names = [name for name in RIGHT if name.partition("#")[0] == file]
        old, _ = earlier[file]
        verdicts = {verdict(name, crystal_of(now[name])) for name in names}
        counts["before"][verdict(names[0], old)] += 1
        counts["now"][verdicts.pop() if len(verdicts) == 1 else "wrong"] += 1
        rows.append(
            {
                "file": f"`{file}`",
                "situation": situation,
                "before": _words(names[0], old, ""),
                "now": _words(names[0], crystal_of(now[names[0]]), _said(now[names[0]])),
            }
        )
    kinds = {
        "right": "right",
        "wrong": "another crystal, without a word in the table",
        "refused": "refused though valid",
    }
    table = pd.DataFrame(
        [
            {f"of {len(rows)} files": kinds[kind], **{when: found[kind] for when, found in counts.items()}}
            for kind in kinds
        ]
    )
    return f"{as_table(table)}\n\n{as_table(pd.DataFrame(rows))}"


def _words(name: str, crystal: Crystal | None, said: str) -> str:
    words = "rejected" if crystal is None else f"{crystal.formula}, space group {crystal.space_group}"
    marked = words if verdict(name, crystal) == "right" else f"**{words}**"
    return f"{marked}: {said}" if said else marked


def _said(found: Found) -> str:
    """What the table of the results says."""
    detail = found.cell.detail if isinstance(found.cell, Rejected) else ""
    return "; ".join(filter(None, (detail, *found.remarks))).replace("|", "\\|")


Parser = Callable[[str], "tuple[list[str], np.ndarray] | None"]


def by_readers(text: str) -> tuple[list[str], np.ndarray] | None:
    """Elements and fractional coordinates of a CIF's atoms; None for a reject."""
    found = attempt(document.parts(text)[0].parse)
    if isinstance(found, Rejected):
        return None
    return [site.specie.symbol for site in found.structure], found.structure.frac_coords


def by_pymatgen(text: str) -> tuple[list[str], np.ndarray] | None:
    """The same by pymatgen's parser, as it was called before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            structure = CifParser.from_str(text).parse_structures(primitive=False, on_error="raise")[0]
        except Exception:
            return None
    return [site.specie.symbol for site in structure], structure.frac_coords


NAMED = {
    "by Hall symbol alone": settings.by_hall,
    "by full symbol and number": settings.by_full_symbol,
    "by short symbol alone": settings.by_short_symbol,
    "by number alone": settings.by_number,
}


def settings_counts(parse: Parser, name: str, special: bool) -> Counter[str]:
    """Of the 530 settings: how many are read right, refused and read wrong."""
    counts: Counter[str] = Counter()
    for setting in range(1, settings.LAST + 1):
        crystal = settings.random_crystal(setting, 0, special)
        found = parse(settings.as_cif(crystal, NAMED[name](setting)))
        counts["refused" if found is None else "right" if settings.is_same(crystal, *found) else "wrong"] += 1
    return counts


def settings_rows() -> Iterator[dict[str, object]]:
    """A row for each way of naming a setting, kind of sites and parser."""
    for name in NAMED:
        for special in (False, True):
            for reader, parse in (("before", by_pymatgen), ("now", by_readers)):
                counts = settings_counts(parse, name, special)
                where = "special" if special else "general"
                yield {
                    "530 settings named": name,
                    "sites at": f"{where} positions",
                    "": reader,
                    **{kind: counts[kind] for kind in ("right", "refused", "wrong")},
                }


def main() -> None:
    """Write the page's tables anew."""
    generated = f"{files_tables()}\n\n{as_table(pd.DataFrame(settings_rows()))}"
    PAGE.write_text(between_markers(PAGE.read_text(), generated, MARKERS))


if __name__ == "__main__":
    main()
