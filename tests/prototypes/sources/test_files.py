"""Folders of structure files: all that is good is read, and all that is broken is told."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import ase.io
import pandas as pd
import pytest
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from ccdcgan.config.matching import Matching
from ccdcgan.config.prototypes import Files
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.entry import Cell, Entry
from ccdcgan.prototypes.readers.content import file_format
from ccdcgan.prototypes.sources import files
from ccdcgan.prototypes.substitution import PrototypeSet, substitute_prototypes
from tests.prototypes.mixed_files import BROKEN, CIF, SALT, name_of_broken, write_mixed
from tests.prototypes.support import limits


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


def reason(entry: Entry) -> tuple[str, str]:
    assert isinstance(entry.cell, Rejected)
    return str(entry.cell.reason), entry.cell.detail


# Five hundred files, twenty of them broken.


class Mixed(NamedTuple):
    folder: Path
    names: set[str]
    """Of the good structures."""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    folder = tmp_path_factory.mktemp("files") / "mixed"
    found = Mixed(folder, write_mixed(folder))
    assert sum(not path.is_dir() or path.name in BROKEN for path in folder.rglob("*")) == 500
    return found


@pytest.fixture(scope="module")
def result(mixed: Mixed) -> PrototypeSet:
    section = limits(sources=["files"], files=files_section(mixed.folder, time_limit=4.0).model_dump())
    return substitute_prototypes(section, ["Bi", "Se"], Matching(ltol=0.2, stol=0.3, angle_tol=5.0), seed=0)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_told_by_name_and_reason(result: PrototypeSet, name: str) -> None:
    _, expected, words = BROKEN[name]
    row = result.rejected.set_index("id").loc[name_of_broken(name)]
    assert row.reason == expected
    assert row.detail.startswith(f"bad ones/{name}: ")
    assert words in row.detail


def test_all_others_are_read(result: PrototypeSet, mixed: Mixed) -> None:
    """As they are where they are Bi and Se, else with Bi and Se in both orders."""
    own = {name for name in mixed.names if name in {*result.table.id, *result.rejected.id}}
    substituted = {f"{name}.{order}" for name in mixed.names - own for order in ("Bi.Se", "Se.Bi")}
    bad = set(map(name_of_broken, BROKEN))
    assert sorted([*result.table.id, *result.rejected.id]) == sorted(own | substituted | bad)
    assert len(own) == 20  # of the first system
    reasons = set(result.rejected[~result.rejected.id.isin(bad)].reason)
    assert reasons <= {"duplicate", "volume", "too_long"}
    assert len(result.table) > 5


def test_table_says_where_from(result: PrototypeSet) -> None:
    assert set(result.table.source) == {"files"}
    assert set(result.table.licence) == {"CC0-1.0"}
    assert set(result.table.citation) == {"10.0000/none"}
    assert set(result.table.source_id.str.split("#").str[0]) == {"many.extxyz", "table.csv"}  # the others match these


# One thing at a time, but for the process that reads, which is started once.

FRAME = '1\nLattice="3 0 0 0 3 0 0 0 3" pbc="T T T"\n{} 0 0 0\n'
POSCAR = "x\n1\n3 0 0\n0 3 0\n{}\n{}\ndirect\n0 0 0\n0 0 1\n"
SINGLE = {
    "no_cell.xyz": ("1\nno cell\nNa 0 0 0\n", "no cell that is periodic"),
    "slab.xyz": (FRAME.format("Na").replace("T T T", "T T F"), "no cell that is periodic"),
    "dummy.xyz": (FRAME.format("X"), "found 'X', expected an element"),
    "unnamed.vasp": (POSCAR.format("0 0 3", "1 1"), "without elements"),
    "flat.vasp": (POSCAR.format("3 0 0", "Na Cl\n1 1"), "flat cell of 0 angstrom^3"),
    "twice.vasp": (POSCAR.format("0 0 3", "Na Cl\n1 1"), "atoms 1 and 2 are 0 angstrom apart"),
    "nan.vasp": (POSCAR.format("0 0 nan", "Na\n1"), "line 5: found '0 0 nan', expected three numbers"),
    "count.vasp": (POSCAR.format("0 0 3", "Na\n99999999999"), "at most 1000 are read"),
    "deep.json": ("[" * 100_000, "RecursionError"),
    "none.json": ("[]", "no structure"),
    "no_sites.json": ('{"lattice": {"matrix": [[3,0,0],[0,3,0],[0,0,3]]}, "sites": []}', "shapes (3, 3) and (0,)"),
    "no_rows.csv": ("cif\n", "no rows"),
    "open.csv": ('cif\n"never closed' + "x" * 200_000, "unexpected end of data"),
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
    frames = [FRAME.format("Na"), "\n", FRAME.format("Qq"), FRAME.format("Cl"), "many\n", FRAME.format("Cl")]
    (folder / "frames.xyz").write_text("".join(frames))
    rows = {"material_id": ["a", "b", "c"], "cif": [CIF, "rubbish", CIF]}
    pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
    (SALT * (2, 2, 2)).to(str(folder / "supercell.cif"))
    perturbed = SALT * (2, 1, 1)
    perturbed.perturb(0.1)
    perturbed.to(str(folder / "perturbed.cif"))
    section = files_section(folder, time_limit=4.0, merge_species=True)
    entries = list(files.read(section, limits(), ["Bi", "Se"], 0))
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
        ("frames.xyz", {"1": True, "2": False, "3": False, "4": True}),
        ("table.csv", {"a": True, "b": False, "c": True}),
    ],
)
def test_a_broken_part_does_not_stop_the_rest_of_its_file(
    examples: dict[str, Entry], name: str, usable: dict[str, bool]
) -> None:
    parts = {key.partition("#")[2]: entry for key, entry in examples.items() if key.startswith(name)}
    assert {key: isinstance(entry.cell, Cell) for key, entry in parts.items()} == usable


def test_large_cells_are_rejected(examples: dict[str, Entry]) -> None:
    assert isinstance(examples["supercell.cif"].cell, Cell)
    assert reason(examples["perturbed.cif"]) == (
        "too_many_atoms",
        "perturbed.cif: 16 atoms in the primitive cell, at most 8 allowed",
    )


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
    assert [file_format(f"{name}.gz") for name in names] == kinds
