"""RES, XSF and GEN: what ASE reads is what the file lists, or it is refused."""

import io
from collections.abc import Callable
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.io.res import Res
from hypothesis import given, settings
from hypothesis import strategies as st

from ccdcgan.crystals.structures import Rejected, to_pymatgen
from ccdcgan.prototypes.readers import ase_formats
from ccdcgan.prototypes.readers.content import file_format
from ccdcgan.prototypes.readers.parts import Crystal, Part, attempt
from ccdcgan.prototypes.readers.reading import read
from tests.prototypes.readers.situations import FILES, files_section
from tests.prototypes.support import limits

RES = (FILES / "airss.res").read_text()
XSF = """# a comment
CRYSTAL
PRIMVEC
3.0 0.0 0.0
0.0 4.0 0.0
0.0 0.5 5.0
PRIMCOORD
2 1
83 0.0 0.0 0.0 0.1 0.0 0.0
Se 1.0 2.0 2.5 0.1 0.2 0.3
"""
GEN = "2 F\nBi Se\n1 1 0.0 0.0 0.0\n2 2 0.1 0.5 0.5\n0 0 0\n3 0 0\n0 4 0\n0 0.5 5\n"
PARTS: dict[str, Callable[[str], list[Part]]] = {
    "RES": ase_formats.shelx,
    "XSF": ase_formats.xcrysden,
    "GEN": ase_formats.dftb,
}


def outcomes(kind: str, text: str) -> list[Crystal | Rejected]:
    return [attempt(part.parse) for part in PARTS[kind](text)]


def formulas(kind: str, text: str) -> list[str]:
    return [
        each.structure.composition.formula if isinstance(each, Crystal) else each.detail
        for each in outcomes(kind, text)
    ]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("RES", "", ""),
        ("RES", "LATT", "latt"),
        ("RES", "END", "end"),
        ("RES", "TITL BiSe-7421-318-2", "REM made by hand\nTITL"),
        ("RES", "(R-3m)", "(P1)"),
        ("RES", "SFAC Bi Se\n", "SFAC Bi Se\nUNIT 2 3\nREM Bi 1 0.5 0.5 0.5 1.0\n"),
        ("RES", "0.800000 1.0", "0.800000 11.00000 0.05"),
        ("RES", "Se 2 0.000000", "Se 2 -1.000000"),
        ("RES", "\nCELL", "\n\nZERR 1 0.1 0.1 0.1 0 0 0\nCELL"),
        ("XSF", "", ""),
        ("XSF", "PRIMCOORD", "CONVVEC\n3 0 0\n0 4 0\n0 0.5 5\nPRIMCOORD"),
        ("XSF", "83", "Bi"),
        ("XSF", "Se", "SE"),
        ("XSF", "0.3\n", "0.3\nBEGIN_BLOCK_DATAGRID_3D\nx\nBEGIN_DATAGRID_3D\n1 1 1\n0 0 0\nEND_DATAGRID_3D\n"),
        ("GEN", "", ""),
        ("GEN", "0 0 0\n", "0.0 0.0 0.0\n\n"),
    ],
)
def test_what_is_read(kind: str, before: str, after: str) -> None:
    text = {"RES": RES, "XSF": XSF, "GEN": GEN}[kind]
    (found,) = outcomes(kind, text.replace(before, after, 1))
    assert isinstance(found, Crystal), found
    assert found.remarks == (f"read by ASE as {kind}",)
    assert found.structure.composition.formula == ("Bi2 Se3" if kind == "RES" else "Bi1 Se1")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("LATT -1", "LATT 1", "found 'LATT 1', expected LATT -1"),
        ("LATT -1", "LATT -2", "found 'LATT -2'"),
        ("LATT -1\n", "", "found '0 LATT', expected LATT once"),
        ("LATT -1\n", "LATT -1\nSYMM -x,-y,-z\n", "found 'SYMM -x,-y,-z', expected no symmetry"),
        ("SFAC Bi Se\n", "SFAC Bi Se\nSYMM -x,-y,-z\n", "found 'SYMM -x,-y,-z'"),
        ("SFAC Bi Se\n", "SFAC Bi Se\nHKLF 4 1 1 0 0 0\n", "'HKLF 4 1 1 0 0 0'"),
        ("SFAC Bi Se\n", "SFAC Bi\n", "found 'Se 2 0.000000"),
        ("SFAC Bi Se\n", "SFAC Se Bi\n", "expected one of Se, Bi of SFAC"),
        ("SFAC Bi Se\n", "SFAC Bi Se\nSFAC Te\n", "found '2 SFAC'"),
        ("Se 2 0.000000", "Se1 2 0.000000", "'Se1 2"),
        ("Se 2 0.000000", "Se 0 0.000000", "'Se 0"),
        ("Se 2 0.000000", "Se 2 10.000000", "tied to no others"),
        ("Se 2 0.000000", "Se 2 1e-1", "ASE reads"),
        ("Se 2 0.000000", "Se 2 nan", "three coordinates"),
        ("Se 2 0.000000", "Se 2", "'Se 2 0.000000 0.000000 1.0'"),
        ("0.800000 1.0", "0.800000 0.5", "whose occupancy is 0.5"),
        ("0.800000 1.0", "0.800000 21.0", "whose occupancy is 21.0"),
        ("0.800000 1.0", "0.800000 =", "whose occupancy is ="),
        ("CELL 1.0", "CELL", "expected a wavelength"),
        ("77.857890 77.857890 60.000000", "30 30 170", "found angles 30, 30, 170"),
        ("9.841344", "-9.841344", "found edges"),
        ("\nCELL", "\nCELL 1 4 4 4 90 90 90\nCELL", "found '2 CELL'"),
        ("Bi 1 0.400000 0.400000 0.800000 1.0\n", "", "found '4 atoms', expected 5 as its title says"),
        ("142.21", "999", "a volume of 999"),
        ("END", "", "expected END"),
        ("SFAC Bi Se\n", "SFAC Bi Se\nEND\n", "no atoms"),
    ],
)
def test_res_that_is_refused(before: str, after: str, words: str) -> None:
    assert before in RES
    assert words in formulas("RES", RES.replace(before, after, 1))[0]


def test_several_crystals_in_one_res() -> None:
    broken = RES.replace("LATT -1", "LATT 2")
    found = PARTS["RES"](f"{RES}\n{broken}{RES}")
    assert [part.label for part in found] == ["1", "2", "3"]
    assert [part.place for part in found] == ["line 1", "line 12", "line 22"]
    assert [isinstance(attempt(part.parse), Crystal) for part in found] == [True, False, True]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("CRYSTAL", "SLAB", "but in 2"),
        ("CRYSTAL", "POLYMER", "but in 1"),
        ("CRYSTAL", "MOLECULE", "but in 0"),
        ("CRYSTAL\n", "", "no kind of structure"),
        ("2 1\n", "1 1\n", "found '2 lines of atoms', expected '1'"),
        ("2 1\n", "3 1\n", "found '2 lines of atoms', expected '3'"),
        ("83", "0", "expected an element"),
        ("83", "300", "expected an element"),
        ("Se", "Qq", "expected an element"),
        ("2.0 2.5", "2.0", "a place, and a force or none"),
        ("0.0 0.5 5.0\n", "", "found '2 lines behind PRIMVEC'"),
        ("5.0\n", "5.0 1\n", "a cell vector of PRIMVEC"),
        ("0.0 0.5 5.0", "0.0 8.0 0.0", ""),
    ],
)
def test_xsf_that_is_refused(before: str, after: str, words: str) -> None:
    (found,) = outcomes("XSF", XSF.replace(before, after, 1))
    assert isinstance(found, Rejected)
    assert words in found.detail


def test_steps_of_an_xsf_are_crystals_each() -> None:
    atoms = [Atoms("BiSe", scaled_positions=[[0, 0, 0], [0.5, 0.5, z]], cell=[3, 4, 5], pbc=True) for z in (0.5, 0.6)]
    for second in (atoms[1], Atoms(atoms[1], cell=[3, 4, 6])):
        buffer = io.StringIO()
        ase.io.write(buffer, [atoms[0], second], format="xsf")
        found = outcomes("XSF", buffer.getvalue())
        assert [
            each.structure.matches(to_pymatgen(of), scale=False)
            for each, of in zip(found, (atoms[0], second), strict=True)
        ] == [True] * 2
    molecule = outcomes("XSF", "ATOMS\n83 0 0 0\n")
    assert "but in 0" in molecule[0].detail


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("2 F", "2 C", "but in 0"),
        ("2 F", "2 H", "a count and C, S or F"),
        ("2 F", "1 F", "found '8 lines', expected 1 atoms and 6 further lines"),
        ("2 F", "3 F", "found '8 lines'"),
        ("2 2 0.1", "2 3 0.1", "the number of one of 2 elements"),
        ("2 2 0.1", "2 0 0.1", "the number of one of 2 elements"),
        ("Bi Se", "Bi Se1", "found 'Se1', expected an element"),
        ("0.1 0.5 0.5", "0.1 0.5 0.5x", "a place"),
        ("0.1 0.5 0.5", "0.1 0.5 0.5 1", "a place"),
        ("0 0.5 5\n", "0 0.5 5\n0 0 0\n", "found '9 lines'"),
    ],
)
def test_gen_that_is_refused(before: str, after: str, words: str) -> None:
    (found,) = outcomes("GEN", GEN.replace(before, after, 1))
    assert isinstance(found, Rejected)
    assert words in found.detail


@st.composite
def crystals(draw: st.DrawFn) -> Atoms:
    cell = np.diag([draw(st.floats(3, 9)) for _ in range(3)])
    cell[1, 0], cell[2, 0], cell[2, 1] = (draw(st.floats(-2, 2)) for _ in range(3))
    symbols = draw(st.lists(st.sampled_from(["Bi", "Se", "F"]), min_size=1, max_size=6))
    positions = [[draw(st.integers(-500, 1500)) / 1000 for _ in range(3)] for _ in symbols]
    return Atoms(symbols, scaled_positions=positions, cell=cell, pbc=True)


def written(atoms: Atoms, kind: str) -> str:
    if kind == "RES":
        return Res(atoms).get_string(significant_figures=10)
    buffer = io.StringIO()
    ase.io.write(
        buffer, atoms, format=kind.lower().partition(" ")[0], **({"fractional": True} if "F" in kind[3:] else {})
    )
    return buffer.getvalue()


@settings(max_examples=40, deadline=None)
@given(crystals(), st.sampled_from(["RES", "XSF", "GEN", "GEN F"]))
def test_what_ase_writes_is_read(atoms: Atoms, kind: str) -> None:
    (found,) = outcomes(kind[:3], written(atoms, kind))
    assert isinstance(found, Crystal), found
    expected = to_pymatgen(atoms)
    assert [site.species for site in found.structure] == [site.species for site in expected]
    assert np.allclose(found.structure.lattice.parameters, expected.lattice.parameters, atol=1e-6)
    ways = found.structure.frac_coords - expected.frac_coords
    assert np.allclose(ways, np.rint(ways), atol=1e-6)


def test_they_are_files_by_their_names(tmp_path: Path) -> None:
    for name, text in (("a.res", RES), ("A.XSF", XSF), ("a.axsf.gz", XSF), ("a.gen", GEN)):
        (tmp_path / name).write_text(text)
        (found,) = read(tmp_path / name, files_section(), limits())
        assert found.elements == ("Bi", "Se")
        assert found.remarks[0].startswith("read by ASE as ")
    names = ["a.res", "a.xsf", "a.axsf", "a.gen", "a.cell", "a.pdb", "geometry.in", "a.traj", "a.db", "a.py", "a.xyzx"]
    assert [file_format(name) for name in names] == ["res", "xsf", "xsf", "gen", *[None] * 7]
