"""Extended XYZ, pymatgen's JSON, compression and encodings."""

import bz2
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import ase.io
import pytest
from ase import Atoms
from pymatgen.core import Lattice, Structure

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers import extended_xyz, json_files
from ccdcgan.prototypes.readers.content import read_text
from ccdcgan.prototypes.readers.parts import Crystal, attempt
from ccdcgan.prototypes.readers.reading import read
from tests.prototypes.mixed_files import CIF, SALT
from tests.prototypes.readers.situations import files_section
from tests.prototypes.support import limits

FRAME = '2\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3 pbc="T T T"\nBi 0 0 0\nSe 1.5 1.5 1.5\n'
PAIR = Structure(Lattice.cubic(3), ["Bi", "Se"], [[0, 0, 0], [0.5, 0.5, 0.5]])


def outcomes(parts: Any) -> list[Crystal | Rejected]:
    return [attempt(part.parse) for part in parts]


# Extended XYZ.


def test_frames() -> None:
    found = outcomes(extended_xyz.parts(FRAME + "\n" + FRAME + FRAME))
    assert [each.structure for each in found] == [PAIR] * 3


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (FRAME.replace("Se 1.5 1.5 1.5\n", ""), "found 1 lines of atoms, expected '2'"),
        (FRAME + "Te 1 1 1\n", "found 3 lines of atoms, expected '2'"),
        (FRAME.replace("Bi", "Qq"), "Qq"),
        (FRAME.replace("Bi", "X"), ""),
        (FRAME.replace("T T T", "T F T"), "but in 2"),
        (FRAME.replace("T T T", "F F F"), "but in 0"),
        (FRAME.replace("0 0 3", "0 0 0"), "but in 1"),
        (FRAME.replace('Lattice="3 0 0 0 3 0 0 0 3"', "").replace('pbc="T T T"', ""), "but in 0"),
        (FRAME.replace("1.5\n", "1.5x\n"), "ValueError"),
        (FRAME.replace("pbc", 'occupancy="_JSON {\\"0\\": {\\"Bi\\": 0.5}}" pbc'), "occupancies 0.5"),
        (FRAME.replace("R:3", "R:3:occupancy:R:1").replace("0\nSe 1.5 1.5 1.5", "0 1\nSe 1.5 1.5 1.5 0.5"), "1.0, 0.5"),
        (FRAME.replace("pbc", 'Lattice="4 0 0 0 4 0 0 0 4" pbc'), "two lattices"),
        ("two\n" + FRAME[2:], "expected 'two'"),
    ],
)
def test_a_broken_frame_is_one_reject(broken: str, words: str) -> None:
    found = outcomes(extended_xyz.parts(broken + FRAME))
    if broken.startswith("two"):
        assert isinstance(found[1], Crystal)
        assert isinstance(found[0], Rejected)
        return
    first, second = found
    assert second == Crystal(PAIR)
    if words:
        assert isinstance(first, Rejected)
        assert words in first.detail
    else:  # refused as it becomes a cell
        assert str(first.structure[0].specie) == "X0+"


def test_the_lattice_alone_means_three_directions() -> None:
    (found,) = outcomes(extended_xyz.parts(FRAME.replace('pbc="T T T"', "")))
    assert found == Crystal(PAIR)


def test_what_ase_writes_is_read(tmp_path: Path) -> None:
    atoms = Atoms("BiSe", scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], cell=[3, 3, 3], pbc=True)
    atoms.info = {"id": "x", "energy": 1.0, "note": "é ≠ e"}
    atoms.arrays["forces"] = atoms.positions * 0
    ase.io.write(tmp_path / "x.extxyz", [atoms] * 2)
    found = outcomes(extended_xyz.parts(read_text(tmp_path / "x.extxyz", 1)))
    assert [each.structure.matches(PAIR, scale=False) for each in found] == [True] * 2


# JSON.


def changed(**changes: Any) -> dict[str, Any]:
    return {**SALT.as_dict(), **changes}


def test_structures_entries_and_lists() -> None:
    entry = {"@class": "ComputedStructureEntry", "energy": 1, "structure": SALT.as_dict()}
    for data in (SALT.as_dict(), entry, [SALT.as_dict(), entry]):
        assert {each.structure.formula for each in outcomes(json_files.parts(json.dumps(data)))} == {"Na4 Cl4"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(lattice={"matrix": SALT.lattice.matrix.tolist(), "pbc": [True, True, False]}), "but in 2"),
        (changed(lattice={"matrix": SALT.lattice.matrix.tolist(), "pbc": "TTT"}), "expected three"),
        (changed(lattice={"matrix": [[1, 0], [0, 1]]}), "shapes"),
        (changed(sites=[{"species": [{"element": "Na", "occu": -1}], "abc": [0, 0, 0]}]), ""),
        (changed(sites=None), "NoneType"),
        (changed(sites=[{**SALT.as_dict()["sites"][0], "abc": [0.1, 0, 0]}]), "site 1: found abc and xyz"),
        ([1], "found 1, expected a structure"),
        ({"molecule": 1}, "sites"),
    ],
)
def test_what_is_no_structure_is_refused(data: Any, words: str) -> None:
    (found,) = outcomes(json_files.parts(json.dumps(data)))
    assert isinstance(found, Rejected)
    assert words in found.detail


def test_a_key_twice_is_refused() -> None:
    text = json.dumps(SALT.as_dict()).replace('"sites"', '"sites": [], "sites"', 1)
    found = attempt(lambda: json_files.parts(text))
    assert isinstance(found, Rejected)
    assert "'sites' twice" in found.detail


def test_isotopes_are_remarked(tmp_path: Path) -> None:
    (tmp_path / "POSCAR").write_text("\n1\n4 0 0\n0 4 0\n0 0 4\nLi D\n1 1\nDirect\n0 0 0\n.5 .5 .5\n")
    (found,) = read(tmp_path / "POSCAR", files_section(), limits())
    assert found.elements == ("Li", "H")
    assert found.remarks == ("found the isotope D, read as H",)


# Bytes.


@pytest.mark.parametrize("name", ["a.cif.gz", "a.cif.bz2", "a.cif.xz", "a.cif", "A.CIF.GZ"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_are_read_whatever_their_names(tmp_path: Path, name: str, pack: Any) -> None:
    (tmp_path / name).write_bytes(pack(CIF.encode()))
    (found,) = read(tmp_path / name, files_section(), limits())
    assert found.elements == ("Na", "Cl")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_broken_and_large_archives_are_refused(tmp_path: Path, pack: Any) -> None:
    packed = pack(CIF.encode())
    for content, words in (
        (packed[:-12], "cannot be unpacked"),
        (packed[:30] + b"junk" + packed[34:], "cannot be unpacked"),
        (pack(b" " * 3_000_000), "more than 2 MB"),
    ):
        (tmp_path / "a.cif.gz").write_bytes(content)
        (found,) = read(tmp_path / "a.cif.gz", files_section(max_size=2.0), limits())
        assert isinstance(found.cell, Rejected)
        assert found.cell.reason is Reason.UNREADABLE
        assert words in found.cell.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(tmp_path: Path, encoding: str, end: str) -> None:
    (tmp_path / "a.cif").write_bytes(("# Léon\n" + CIF).replace("\n", end).encode(encoding))
    (found,) = read(tmp_path / "a.cif", files_section(), limits())
    assert found.elements == ("Na", "Cl")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\xd8\x00", b"a\0b", b"\xfe\xff\x00"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.cif").write_bytes(content)
    (found,) = read(tmp_path / "a.cif", files_section(), limits())
    assert isinstance(found.cell, Rejected)
