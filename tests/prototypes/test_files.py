"""Folders of structure files: all that is good is read, and all that is broken is told."""

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from itertools import cycle, product
from pathlib import Path
from threading import Timer
from typing import Any

import ase.io
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor

from ccdcgan.config import Files, Matching
from ccdcgan.prototypes import Cell, Entry, PrototypeSet, build, files, read_prototypes, substitute_prototypes
from ccdcgan.prototypes.reading import Found, Reader, file_format
from ccdcgan.structures import Reason, Rejected
from tests.prototypes.support import limits

SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
CIF = SALT.to(fmt="cif")
SITE = "  Cl  Cl7  1  0.50000000  0.00000000  0.00000000  1"


def files_section(*paths: Path | str, **changes: Any) -> Files:
    values = {
        "paths": [str(path) for path in paths],
        "cif_column": "cif",
        "merge_species": False,
        "max_size": 5.0,
        "time_limit": 20.0,
        "licence": "CC0-1.0",
        "citation": "10.0000/none",
    }
    return Files(**{**values, **changes})


def reason(entry: Entry | Found) -> tuple[str, str]:
    assert isinstance(entry.cell, Rejected)
    return str(entry.cell.reason), entry.cell.detail


# Five hundred files, twenty of them broken.

SYSTEMS = list(product(["Bi", "Na", "Ga", "Fe", "Zn", "Ti"], ["Se", "Cl", "As", "O"]))


def good_structures() -> Iterator[Structure]:
    """The twenty prototypes of two species and two atoms, in every system."""
    cells = [build(each) for each in read_prototypes() if each.n_species == each.n_atoms == 2]
    for elements in SYSTEMS:
        for cell in cells:
            yield Structure(cell.lattice, [elements[kind] for kind in cell.species], cell.positions)


def write_good(folder: Path, count: int) -> set[str]:
    """Write structures in all formats; the names that their entries shall have."""
    names, rows, frames = set(), [], []
    kinds = cycle(["cif", "symmetric.cif", "vasp", "POSCAR", "xyz", "json", "frame", "row"])
    for number, (structure, kind) in enumerate(zip(good_structures(), kinds, strict=False)):
        if len(names) == count:
            break
        place = folder / f"set {number % 3}"
        place.mkdir(exist_ok=True)
        if kind == "row":
            rows.append((f"row-{number}", structure.to(fmt="cif")))
            names.add(f"files.table.csv_row-{number}")
            continue
        if kind == "frame":
            frames.append(AseAtomsAdaptor.get_atoms(structure, msonable=False))
            names.add(f"files.many.extxyz_{len(frames)}")
            continue
        name = f"POSCAR_{number}" if kind == "POSCAR" else f"{number}.{kind}"
        names.add(f"files.set_{number % 3}_{name}")
        match kind:
            case "cif":
                structure.to(str(place / name), fmt="cif")
            case "symmetric.cif":
                structure.to(str(place / name), fmt="cif", symprec=0.01)
            case "vasp" | "POSCAR":
                structure.to(str(place / name), fmt="poscar")
            case "json":
                (place / name).write_text(structure.to_json())
            case "xyz":
                ase.io.write(place / name, AseAtomsAdaptor.get_atoms(structure, msonable=False), format="extxyz")
    pd.DataFrame(rows, columns=["material_id", "cif"]).to_csv(folder / "table.csv")
    ase.io.write(folder / "many.extxyz", frames, format="extxyz")
    return names


def slow_cif() -> str:
    """Sixty atoms at general positions of a group of 192 operations: minutes of work for the parser."""
    random_number = random.Random(0)
    text = SALT.to(fmt="cif", symprec=0.1)
    head = text[: text.index("_atom_site_occupancy") + len("_atom_site_occupancy\n")]
    sites = (f"Na Na{number} 1 {' '.join(f'{random_number.random():.5f}' for _ in 'xyz')} 1\n" for number in range(60))
    return head + "".join(sites)


BROKEN: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "no atoms.cif": (
        lambda path: path.write_text("data_x\n_cell_length_a 5\n"),
        "unreadable",
        "no structure with atoms",
    ),
    "partial.cif": (lambda path: path.write_text(CIF.replace(SITE, SITE[:-1] + "0.5")), "disordered", "Cl 0.5"),
    "twice.cif": (lambda path: path.write_text(CIF + SITE.replace("Cl7", "Cl8")), "unreadable", "Occupancy"),
    "flat.cif": (lambda path: path.write_text(re.sub("(_length_a).*", r"\1 0.0", CIF)), "unreadable", "Singular"),
    "nan.cif": (lambda path: path.write_text(CIF.replace(" 0.50000000", " nan")), "unreadable", "NaN"),
    "unknown.cif": (lambda path: path.write_text(CIF.replace("Na", "Qq")), "unreadable", "'Qq'"),
    "rubbish.cif": (lambda path: path.write_text("data_x\n" + "'a b" * 2_500_000), "unreadable", "10.0 MB"),
    "binary.cif": (lambda path: path.write_bytes(random.Random(0).randbytes(100_000)), "unreadable", "binary"),
    "loop.cif": (lambda path: path.symlink_to(path), "unreadable", "symbolic links"),
    "loop": (lambda path: path.symlink_to(path.parent), "unreadable", "link to a folder"),
    "missing.cif": (lambda path: path.symlink_to("nowhere"), "unreadable", "No such file"),
    "empty.cif": (lambda path: path.touch(), "unreadable", "empty"),
    "folder.cif": (lambda path: path.mkdir(), "unreadable", "folder"),
    "pipe.cif": (os.mkfifo, "unreadable", "pipe"),
    "column.csv": (lambda path: path.write_text("id,structure\n1,2\n"), "unreadable", "id, structure"),
    "other.cif": (
        lambda path: path.write_text(CIF.replace("fract_x", "fract_w")),
        "unreadable",
        "no structure with atoms",
    ),
    "cut.extxyz": (lambda path: path.write_text('2\nLattice="3 0 0 0 3 0 0 0 3"\nNa 0 0 0\n'), "unreadable", ""),
    "POSCAR_bad": (lambda path: path.write_text("BiSe\n1.0\n3 0 0\n"), "unreadable", ""),
    "other.json": (lambda path: path.write_text('{"@module": "antigravity"}'), "unreadable", "sites"),
    "notes.txt": (lambda path: path.write_text("to be relaxed"), "unreadable", "unknown kind"),
}


@pytest.fixture(scope="module")
def good_names(mixed: Path) -> set[str]:
    return set(json.loads((mixed.parent / "names.json").read_text()))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("files")
    folder = parent / "mixed"
    (folder / "bad ones").mkdir(parents=True)
    names = write_good(folder, 480)
    assert len(names) == 480
    for name, (write, _, _) in BROKEN.items():
        write(folder / "bad ones" / name)
    (parent / "names.json").write_text(json.dumps(sorted(names)))
    return folder


@pytest.fixture(scope="module")
def result(mixed: Path) -> PrototypeSet:
    section = limits(sources=["files"], files=files_section(mixed, time_limit=4.0).model_dump())
    return substitute_prototypes(section, ["Bi", "Se"], Matching(ltol=0.2, stol=0.3, angle_tol=5.0), seed=0)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_told_by_name_and_reason(result: PrototypeSet, name: str) -> None:
    _, expected, words = BROKEN[name]
    row = result.rejected.set_index("id").loc["files.bad_ones_" + name.replace(" ", "_")]
    assert row.reason == expected
    assert row.detail.startswith(f"bad ones/{name}: ")
    assert words in row.detail


def test_all_others_are_read(result: PrototypeSet, good_names: set[str]) -> None:
    """As they are where they are Bi and Se, else with Bi and Se in both orders."""
    own = {name for name in good_names if name in {*result.table.id, *result.rejected.id}}
    substituted = {f"{name}.{order}" for name in good_names - own for order in ("Bi.Se", "Se.Bi")}
    bad = {f"files.bad_ones_{name.replace(' ', '_')}" for name in BROKEN}
    assert sorted([*result.table.id, *result.rejected.id]) == sorted(own | substituted | bad)
    assert len(own) == 20  # of the first system
    reasons = set(result.rejected[~result.rejected.id.isin(bad)].reason)
    assert reasons <= {"duplicate", "volume", "too_long"}
    assert len(result.table) > 5


def test_table_says_where_from(result: PrototypeSet) -> None:
    assert set(result.table.source) == {"files"}
    assert set(result.table.licence) == {"CC0-1.0"}
    assert set(result.table.citation) == {"10.0000/none"}
    assert "/" in "".join(result.table.source_id)


# One thing at a time, but for the process that reads, which is started once.

FRAME = '1\nLattice="3 0 0 0 3 0 0 0 3" pbc="T T T"\n{} 0 0 0\n'
POSCAR = "x\n1\n3 0 0\n0 3 0\n{}\n{}\ndirect\n0 0 0\n0 0 1\n"
SINGLE = {
    "no_cell.xyz": ("1\nno cell\nNa 0 0 0\n", "no cell that is periodic"),
    "slab.xyz": (FRAME.format("Na").replace("T T T", "T T F"), "no cell that is periodic"),
    "dummy.xyz": (FRAME.format("X"), "found 'X', expected an element"),
    "unnamed.vasp": (POSCAR.format("0 0 3", "1 1"), "without elements"),
    "flat.vasp": (POSCAR.format("3 0 0", "Na\n1"), "flat cell of 0 angstrom^3"),
    "twice.vasp": (POSCAR.format("0 0 3", "Na Cl\n1 1"), "atoms 1 and 2 are 0 angstrom apart"),
    "nan.vasp": (POSCAR.format("0 0 nan", "Na\n1"), "no finite number"),
    "count.vasp": (POSCAR.format("0 0 3", "Na\n99999999999"), "MemoryError"),
    "deep.json": ("[" * 100_000, "RecursionError"),
    "none.json": ("[]", "no structure"),
    "no_sites.json": ('{"lattice": {"matrix": [[3,0,0],[0,3,0],[0,0,3]]}, "sites": []}', "shapes (3, 3) and (0,)"),
    "no_rows.csv": ("cif\n", "no rows"),
    "open.csv": ('cif\n"never closed' + "x" * 200_000, "no structures"),
    "object.yaml": ("!!python/object/apply:os.abort []", "unknown kind"),
    "object.pkl": ("cos\nabort\n(tR.", "unknown kind"),
}


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Entry]:
    folder = tmp_path_factory.mktemp("examples")
    for name, (text, _) in SINGLE.items():
        (folder / name).write_text(text)
    SALT.to(str(folder / "same.cif"))
    SALT.to(str(folder / "same_symmetric.cif"), symprec=0.01)
    SALT.to(str(folder / "CONTCAR_same"), fmt="poscar")
    (folder / "same.json").write_text(json.dumps([SALT.as_dict(), SALT.as_dict()]))
    ase.io.write(folder / "same.extxyz", AseAtomsAdaptor.get_atoms(SALT, msonable=False))
    (folder / "same.csv").write_text(pd.DataFrame({"id": ["x"], "cif": [CIF]}).to_csv())
    (folder / "latin.cif").write_bytes(b"# L\xe9on\n" + CIF.encode())
    (folder / "blocks.cif").write_text(f"data_global\n_x ?\n{CIF}\n{CIF.replace('Na', 'X')}\n{CIF}")
    frames = [FRAME.format("Na"), "\n", FRAME.format("Qq"), FRAME.format("Cl"), "many\n"]
    (folder / "frames.xyz").write_text("".join(frames))
    rows = {"material_id": ["a", "b", "c", "d"], "cif": [CIF, "rubbish", slow_cif(), CIF]}
    pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
    (SALT * (2, 2, 2)).to(str(folder / "supercell.cif"))
    perturbed = SALT * (2, 1, 1)
    perturbed.perturb(0.1)
    perturbed.to(str(folder / "perturbed.cif"))
    begin = time.monotonic()
    section = files_section(folder, time_limit=4.0, merge_species=True)
    entries = list(files.read(section, limits(), ["Bi", "Se"], 0))
    assert time.monotonic() - begin < 60
    assert len({entry.origin.source_id for entry in entries}) == len(entries)
    return {entry.origin.source_id: entry for entry in entries}


@pytest.mark.parametrize("name", SINGLE)
def test_single_broken_files(examples: dict[str, Entry], name: str) -> None:
    (entry,) = (each for key, each in examples.items() if key.partition("#")[0] == name)
    assert SINGLE[name][1] in reason(entry)[1]


def test_formats_give_the_same_cell(examples: dict[str, Entry]) -> None:
    same = [name for name in examples if "same" in name]
    assert same == [
        "CONTCAR_same",
        "same.cif",
        "same.csv#x",
        "same.extxyz",
        "same.json#1",
        "same.json#2",
        "same_symmetric.cif",
    ]
    for entry in (examples[name] for name in [*same, "latin.cif", "blocks.cif#1", "table.csv#a"]):
        assert entry.merge
        lattice, positions, species = entry.cell
        found = Structure(lattice, [entry.elements[kind] for kind in species], positions)
        assert found.matches(SALT, ltol=1e-3, stol=1e-3, scale=False)
        assert len(found) == 8


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("blocks.cif", {"1": True, "2": False, "3": True}),
        ("frames.xyz", {"1": True, "2": False, "3": True, "4": False}),
        ("table.csv", {"a": True, "b": False, "c": False, "d": True}),
    ],
)
def test_a_broken_part_does_not_stop_the_rest_of_its_file(
    examples: dict[str, Entry], name: str, usable: dict[str, bool]
) -> None:
    parts = {key.partition("#")[2]: entry for key, entry in examples.items() if key.startswith(name)}
    assert {key: isinstance(entry.cell, Cell) for key, entry in parts.items()} == usable


def test_what_takes_too_long_is_told(examples: dict[str, Entry]) -> None:
    assert reason(examples["table.csv#c"]) == ("time_limit", "table.csv#c: not read within 4 s")


def test_large_cells_are_rejected(examples: dict[str, Entry]) -> None:
    assert isinstance(examples["supercell.cif"].cell, Cell)
    assert reason(examples["perturbed.cif"]) == (
        "too_many_atoms",
        "perturbed.cif: 16 atoms in the primitive cell, at most 8 allowed",
    )


def test_the_process_may_die(tmp_path: Path) -> None:
    """For want of memory, say: the structure is told, and a new process goes on behind it."""
    pd.DataFrame({"cif": [slow_cif(), CIF]}).to_csv(tmp_path / "table.csv")
    (tmp_path / "b.cif").write_text(CIF)
    with Reader(files_section(tmp_path), limits()) as reader:
        reader._start()
        Timer(1.0, reader._process.kill).start()
        died, read = reader.read(tmp_path / "table.csv")
        assert reason(died) == ("unreadable", "the process that read it ended")
        assert isinstance(read.cell, Cell)
        reader._process.kill()
        reader._process.wait()
        assert isinstance(next(reader.read(tmp_path / "b.cif")).cell, Cell)


@pytest.mark.parametrize("path", ["nothing", "empty", "*.cif", "**/*.xyz", "empty/**"])
def test_a_path_without_files_is_an_error(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"prototypes\.files\.paths: found nothing at '"):
        files.find_files([path])
    with pytest.raises(ValueError, match=r"prototypes\.files\.paths: found no path"):
        files.find_files([])


def test_paths_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("data/a.cif", "data/deep/b.cif", "data/deep/c.xyz", "data/.git/d.cif", "e[1].cif", "poscars/POSCAR"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(CIF)
    (tmp_path / "data/again").symlink_to("deep")

    def names(*paths: str) -> list[str]:
        return [name for name, _, problem in files.find_files(paths) if problem is None]

    assert names("data") == ["a.cif", "again/b.cif", "again/c.xyz"]
    assert names("data/**/*.cif", "data/a.cif") == [".git/d.cif", "a.cif", "deep/b.cif"]
    assert names("data/*") == [".git/d.cif", "a.cif", "again/b.cif", "again/c.xyz"]
    assert names("e[1].cif", str(tmp_path / "poscars")) == ["e[1].cif", "POSCAR"]
    assert names("po*") == ["poscars/POSCAR"]
    ((_, _, problem),) = [each for each in files.find_files(["data"]) if each[2]]
    assert problem.reason is Reason.UNREADABLE


def test_formats_by_name() -> None:
    names = ["a.cif", "A.CIF", "POSCAR", "dir/CONTCAR.relax", "a.vasp", "a.extxyz", "a.xyz", "a.json", "a.csv", "a.txt"]
    kinds = ["cif", "cif", "poscar", "poscar", "poscar", "extxyz", "extxyz", "json", "csv", None]
    assert [file_format(name) for name in names] == kinds
