"""POSCAR: scales, coordinates and what stands behind the numbers."""

from io import StringIO

import numpy as np
import pytest
from ase.io.vasp import read_vasp, write_vasp
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.vasp.inputs import Poscar

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers import poscar
from ccdcgan.prototypes.readers.parts import Crystal, attempt

TEXT = """a name
1.0
3.9 0 0
0 4.1 0
0 0.5 4.3
Bi Se
1 2
Direct
0 0 0
0.5 0.5 0.5
0.1 0.2 0.3
"""


def read(text: str) -> Structure:
    (part,) = poscar.parts(text)
    return part.parse().structure


def same(first: Structure, second: Structure) -> bool:
    """Equal to the digits that a POSCAR has."""
    ways = first.frac_coords - second.frac_coords
    return (
        [str(site.specie) for site in first] == [str(site.specie) for site in second]
        and np.allclose(first.lattice.matrix, second.lattice.matrix, atol=1e-6)
        and np.allclose(ways, np.rint(ways), atol=1e-6)
    )


PLAIN = read(TEXT)


@pytest.mark.parametrize(
    "changes",
    [
        {"Direct": "direct"},
        {"Direct": "D"},
        {"Direct": "Selective dynamics\nDirect", "0 0 0\n0.5 0.5 0.5\n0.1 0.2 0.3": "0 0 0 T T F\n0.5 0.5 0.5 F F F\n"
         "0.1 0.2 0.3 T F T"},
        {"Bi Se": "bi SE"},
        {"Bi Se": "Bi_d Se_GW"},
        {"Bi Se": "Bi/01234 Se/abcd"},
        {"Bi Se": "Bi Se ! elements", "1 2": "1 2 # counts", "3.9 0 0": "3.9 0 0 ! a"},
        {"1 2": "1 2 atoms"},
        {"Bi Se": "Bi Se Se", "1 2": "1 1 1"},
        {"3.9 0 0": "0.39D+01 0.d0 0e0", "0.1 0.2 0.3": "1.D-1 0.2 3e-1"},
        {"0 0 0\n0.5 0.5 0.5\n0.1 0.2 0.3": "0 0 0 Bi\n0.5 0.5 0.5 Se\n0.1 0.2 0.3 Se"},
        {"0.1 0.2 0.3": "0.1 0.2 0.3\n\n 0 0 0\n 0 0 0\n 0 0 0"},
        {"0.1 0.2 0.3": "0.1 0.2 0.3\n\n 2 1 1\n 0.1 0.2"},
        {"0.1 0.2 0.3\n": "0.1 0.2 0.3\nCartesian\n0 0 0\n0 0 0\n0 0 0\n"},
        {"0.1 0.2 0.3\n": "0.1 0.2 0.3"},
        {"1.0": "1 1 1"},
        {"1.0": "1.0 scale"},
        {"1.0": f"-{PLAIN.volume:.9f}"},
        {"1.0": "0.5", "3.9 0 0": "7.8 0 0", "0 4.1 0": "0 8.2 0", "0 0.5 4.3": "0 1.0 8.6"},
        {"1.0": "3.9 4.1 4.3", "3.9 0 0": "1 0 0", "0 4.1 0": "0 1 0", "0 0.5 4.3": f"0 {0.5 / 4.1} 1"},
    ],
)  # fmt: skip
def test_other_words_for_one_crystal(changes: dict[str, str]) -> None:
    text = TEXT
    for before, after in changes.items():
        assert text.count(before) >= 1
        text = text.replace(before, after, 1)
    assert same(read(text), PLAIN)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("0.1 0.2 0.3", "0.1-0.2 0.3", "line 11: found '0.1-0.2 0.3'"),
        ("0.1 0.2 0.3", "0.1 0.2 0.3-0.4", "expected three numbers"),
        ("0.1 0.2 0.3", "0.1 0.2 0.3.4", "expected three numbers"),
        ("0.1 0.2 0.3", "0.1 0.2", "expected three numbers"),
        ("0.1 0.2 0.3", "0.1 0.2 nan", "expected three numbers"),
        ("0.1 0.2 0.3", "0.1 0.2 1_0", "expected three numbers"),
        ("0.1 0.2 0.3\n", "0.1 0.2 0.3\n0.4 0.4 0.4\n", "further position"),
        ("0.1 0.2 0.3\n", f"0.1 0.2 0.3\n{TEXT}", "line 17: found a further crystal"),
        ("0.1 0.2 0.3\n", "0.1 0.2 0.3\nDirect configuration= 2\n0 0 0\n", "line 12: found a further crystal"),
        ("0.1 0.2 0.3\n", "", "found"),
        ("0.1 0.2 0.3", "0.1 0.2 0.3 Bi", "line 11: found Bi, expected Se"),
        ("Bi Se\n", "", "without elements"),
        ("Bi Se\n", "Bi Xx\n", "'Xx'"),
        ("Bi Se\n", "Bi\n", "expected a count of each"),
        ("1 2\n", "1\n", "expected a count of each"),
        ("1 2\n", "1 2 3\n", "expected a count of each"),
        ("1 2\n", "1 0\n", "expected a count of each"),
        ("1 2\n", "1 2.0\n", "expected a count of each"),
        ("1 2\n", "1 9999999\n", "at most 1000"),
        ("1.0\n", "0\n", "line 2"),
        ("1.0\n", "1 2\n", "line 2"),
        ("1.0\n", "-1 -1 -1\n", "line 2"),
        ("1.0\n", "scale\n", "line 2"),
        ("Direct\n", "", "expected Direct or Cartesian"),
        ("Direct\n", "Fractional\n", "expected Direct or Cartesian"),
        ("3.9 0 0\n", "3.9 0\n", "line 3"),
    ],
)
def test_what_is_refused(before: str, after: str, words: str) -> None:
    assert TEXT.count(before) == 1
    rejected = attempt(lambda: read(TEXT.replace(before, after)))
    assert isinstance(rejected, Rejected)
    assert words in rejected.detail


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    lengths = [draw(st.floats(3, 9)) for _ in range(3)]
    angles = [draw(st.floats(70, 110)) for _ in range(3)]
    symbols = sorted(draw(st.lists(st.sampled_from(["Bi", "Se", "F"]), min_size=1, max_size=6)))
    positions = [[draw(st.integers(0, 999)) / 1000 for _ in range(3)] for _ in symbols]
    return Structure(Lattice.from_parameters(*lengths, *angles), symbols, positions)


@settings(max_examples=40, deadline=None)
@given(structures(), st.booleans(), st.sampled_from(["pymatgen", "ase", "volume", "three"]))
def test_what_others_write_is_read(structure: Structure, cartesian: bool, writer: str) -> None:
    if writer == "pymatgen":
        text = Poscar(structure).get_str(direct=not cartesian, significant_figures=12)
    else:
        buffer = StringIO()
        write_vasp(buffer, AseAtomsAdaptor.get_atoms(structure, msonable=False), direct=not cartesian)
        text = buffer.getvalue()
    lines = text.split("\n")
    if writer == "volume":  # a cell eight times as large, whose coordinates are scaled as it is
        lines[1] = f"-{8 * structure.volume:.9f}"
    if writer == "three":
        lines[1] = "2 2 2"
    factor = 8 if writer in ("volume", "three") else 1
    found = read("\n".join(lines))
    assert same(found, _scaled(structure, factor))


def _scaled(structure: Structure, factor: float) -> Structure:
    lattice = Lattice(structure.lattice.matrix * factor ** (1 / 3))
    return Structure(lattice, structure.species, structure.frac_coords)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.5, 3), min_size=3, max_size=3), st.booleans())
def test_three_scales_are_ases(scales: list[float], cartesian: bool) -> None:
    """ASE reads three scales, too; of coordinates as well."""
    lines = TEXT.split("\n")
    lines[1] = " ".join(f"{scale:.6f}" for scale in scales)
    if cartesian:
        lines[7] = "Cartesian"
    theirs = read_vasp(StringIO("\n".join(lines)))
    assert same(read("\n".join(lines)), AseAtomsAdaptor.get_structure(theirs))


@pytest.mark.parametrize("comment", ["Bi Se", "Bi1 Se2", " Bi  Se2 "])
def test_a_comment_may_name_the_elements(comment: str) -> None:
    (part,) = poscar.parts(TEXT.replace("Bi Se\n", "").replace("a name", comment))
    assert part.parse() == Crystal(PLAIN, ("found no elements in line 6, but Bi Se in the comment",))


@pytest.mark.parametrize(
    "comment", ["", "Bi", "Bi Se Te", "bi se", "Bi Xx", "Bi2 Se1", "Bi Se new", "BiSe2", "As in Bi Se"]
)
def test_another_comment_names_none(comment: str) -> None:
    rejected = attempt(lambda: read(TEXT.replace("a name", comment).replace("Bi Se\n1 2", "1 2")))
    assert isinstance(rejected, Rejected)
    assert "without elements" in rejected.detail
    assert "for each of 1 2" in rejected.detail


@pytest.mark.parametrize("counts", ["1 0", "1 2.0", "1 2 x", "3"])
def test_counts_without_elements(counts: str) -> None:
    rejected = attempt(lambda: read(TEXT.replace("a name", "Bi Se").replace("Bi Se\n1 2", counts)))
    assert isinstance(rejected, Rejected)


def test_a_crystal_has_no_remarks() -> None:
    (part,) = poscar.parts(TEXT)
    assert part.parse() == Crystal(PLAIN, ())
