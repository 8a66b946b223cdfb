"""The 48 files: right or rejected, by the source files and by the command evaluate alike."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ccdcgan.cli.evaluate import Given, read_files
from ccdcgan.cli.main import main
from ccdcgan.config.configuration import Config
from ccdcgan.crystals.structures import Rejected, read_table, space_group, write_structures
from ccdcgan.prototypes.entry import Entry
from ccdcgan.prototypes.readers.reading import Found
from ccdcgan.prototypes.sources import files
from ccdcgan.runs.markdown import as_table
from tests.conftest import bi2se3, rocksalt
from tests.prototypes.readers import situations
from tests.prototypes.readers.situations import FILES, MARKERS, MAX_ATOMS, PAGE, RIGHT, Crystal
from tests.prototypes.support import limits

REMARKED = {
    "type_question.cif": "type ?",
    "isotope_in_Se.cif": "209Bi",
    "rhomb_HM.cif": "R -3 m:R",
    "natl_o1_plain.cif": "F d -3 m:1",
    "natl_o2_plain.cif": "F d -3 m:2",
    "3digits.cif": "moved by 0.0025",
    "POSCAR_vasp4_named": "found no elements in line 6, but Bi Se in the comment",
    "airss.res": "read by ASE as RES",
}
"""What was found out, and is no guess, stands in the table."""
SAID = {
    "volume_mismatch.cif": ["205.38 angstrom^3", "a volume of 999"],
    "formula_mismatch.cif": ["found Bi4 Se4", "formula is Bi2 Se3"],
    "impossible_angles.cif": ["angles 30, 30, 170"],
    "duplicate_site.cif": ["sites Se4 and Se99"],
}
"""What the message of a reject names."""


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    found = list(files.read(situations.files_section(), limits(max_atoms=MAX_ATOMS), ["Bi", "Se"], 0))
    assert len({entry.origin.name for entry in found}) == len(found)
    return {entry.origin.source_id: entry for entry in found}


@pytest.fixture(scope="module")
def given(config: Config) -> Given:
    return read_files([str(FILES)], config)


def test_all_files_are_told(entries: dict[str, Entry], given: Given) -> None:
    assert set(entries) == set(RIGHT)
    assert {name.partition("#")[0] for name in RIGHT} == set(situations.situations())
    assert {path.name for path in FILES.iterdir()} == set(situations.situations())
    assert {Path(file).name for file in given.places["file"]} == set(situations.situations())
    assert len(given.structures) + len(given.rejected) == len(given.places) == len(RIGHT)


@pytest.mark.parametrize("name", RIGHT)
def test_what_becomes_of_a_file(entries: dict[str, Entry], name: str) -> None:
    entry = entries[name]
    found = situations.crystal_of(Found("", "", entry.cell, entry.elements))
    assert found in RIGHT[name], entry
    assert REMARKED.get(name, "") in "; ".join(entry.remarks)
    assert bool(entry.remarks) == (name in REMARKED)


@pytest.mark.parametrize("name", SAID)
def test_a_reject_names_what_is_wrong(entries: dict[str, Entry], name: str) -> None:
    rejected = entries[name].cell
    assert isinstance(rejected, Rejected)
    for words in SAID[name]:
        assert words in rejected.detail


@pytest.mark.parametrize("name", RIGHT)
def test_evaluate_reads_the_same(entries: dict[str, Entry], given: Given, name: str) -> None:
    entry = entries[name]
    id_ = entry.origin.name.removeprefix("files.")
    read = {atoms.info["id"]: atoms for atoms in given.structures}
    rejected = given.rejected.set_index("id")
    right = situations.crystal_of(Found("", "", entry.cell, entry.elements))
    if right is None:
        assert id_ in rejected.index
    else:
        assert isinstance(right, Crystal)
        assert len(read[id_]) == right.atoms
        assert space_group(read[id_]) == right.space_group
    place = given.places.fillna("").loc[id_]
    assert place["file"] == str(FILES / name.partition("#")[0])
    assert place["remarks"] == "; ".join(entry.remarks)
    assert bool(place["place"]) != (name.startswith(("POSCAR", "CONTCAR")) or name.endswith(".vasp"))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The table that the command writes."""
    folder = tmp_path_factory.mktemp("evaluate")
    (folder / "run/database").mkdir(parents=True)
    write_structures(folder / "run/database/structures.extxyz", [bi2se3(), rocksalt(name="rs")])
    table = {"id": ["bi2se3", "rs"], "formula": ["Bi2Se3", "BiSe"], "energy_per_atom": [-4.05, -3.75]}
    pd.DataFrame(table).to_csv(folder / "run/database/table.csv", index=False)
    references = {"energies": {"Bi": -3.9, "Se": -3.5}, "ids": {}, "compared": {}, "scale": "toy"}
    (folder / "run/database/references.json").write_text(json.dumps(references | {"second_energies": None}))
    options = ["--database", str(folder / "run"), "--output", str(folder / "out"), "--no-relax"]
    assert main(["evaluate", str(FILES), *options]) == 0
    return read_table(folder / "out/structures.csv")


def test_the_command_writes_where_each_comes_from(judged: pd.DataFrame, given: Given) -> None:
    assert len(judged) == len(RIGHT)
    read = {situations.RIGHT[name][0] is not None for name in RIGHT}
    assert read == {True, False}
    table = judged.set_index("id")
    assert set(table.index[table["status"] == "as_given"]) == {atoms.info["id"] for atoms in given.structures}
    assert set(table.index[table["status"] == "not_decoded"]) == set(given.rejected["id"])
    assert table.loc["semicolon.csv_b", "place"] == "row 2, block 1, data_BiSe"
    assert table.loc["semicolon.csv_b", "file"].endswith("structure_files/semicolon.csv")
    member = table.loc["generated_crystals_cif.zip_gen_1.cif"]
    assert member["place"] == "member gen_1.cif, block 1, data_BiSe"
    assert member["file"].endswith("structure_files/generated_crystals_cif.zip")
    assert table.loc["natl_o1_plain.cif", "remarks"].startswith("'F d -3 m' read as F d -3 m:1")
    assert table["file"].notna().all()


def test_another_system(config: Config) -> None:
    """The two hydroxides are rejected by what they say, not by their elements."""
    other = config.model_copy(update={"system": ["Mg", "O", "H"]})
    found = read_files([str(FILES / "attached_hydrogens.cif"), str(FILES / "label_OH.cif")], other)
    assert not found.structures
    assert list(found.rejected["reason"]) == ["unreadable"] * 2
    assert "hydrogen atoms without a place" in found.rejected["detail"][0]
    assert "'OH1'" in found.rejected["detail"][1]


def test_the_page_is_what_is_measured() -> None:
    generated = PAGE.read_text().partition(MARKERS[0])[2].partition(MARKERS[1])[0]
    assert situations.files_tables() in generated
    counts = generated.split("\n\n")[1].splitlines()
    assert counts[2:] == [
        "| right | 4 | 48 |",
        "| another crystal, without a word in the table | 24 | 0 |",
        "| refused though valid | 20 | 0 |",
    ]
    assert as_table(pd.DataFrame({"530 settings named": []})).splitlines()[0][:-2] in generated
