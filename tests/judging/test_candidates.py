import pandas as pd
from pymatgen.core import Structure

from ccdcgan.crystals.equality import matcher
from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.judging.candidates import COLUMNS, collect_candidates, write_cifs
from ccdcgan.judging.hull import COLUMNS as JUDGED
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def judged(*rows):
    """Table of the hull stage from (id, energy above hull, distinct)."""
    table = pd.DataFrame(rows, columns=["id", "energy_above_hull", "distinct"])
    return table.reindex(columns=JUDGED).astype({"distinct": bool})


def structures():
    return [
        rattled(bi2se3(), "dcgan-0"),
        rattled(rocksalt(), "dcgan-1"),
        rattled(caesium_chloride(), "dcgan-2"),
        rattled(rocksalt(), "ccdcgan-0", seed=5),
    ]


def tables():
    return {
        "dcgan": judged(("dcgan-0", 0.2, True), ("dcgan-1", 0.1, True), ("dcgan-2", 0.0, False)),
        "dcgan+constraint": judged(("dcgan-1", 0.1, True)),
        "ccdcgan": judged(("ccdcgan-0", 0.05, True)),
    }


def test_one_row_for_each_crystal_most_stable_first(config):
    table = collect_candidates(tables(), structures(), config.matching, best=1)
    assert list(table.columns) == COLUMNS
    assert list(table["id"]) == ["ccdcgan-0", "dcgan-0"]
    assert list(table["models"]) == ["ccdcgan dcgan dcgan+constraint", "dcgan"]
    assert list(table["cif"].isna()) == [False, True]


def test_the_best_are_written_and_read_back_as_the_same_crystal(config, tmp_path):
    table = collect_candidates(tables(), structures(), config.matching, best=5)
    write_cifs(table, structures(), tmp_path)
    assert sorted(path.name for path in (tmp_path / "cif").iterdir()) == ["ccdcgan-0.cif", "dcgan-0.cif"]
    for atoms in (structures()[0], structures()[3]):
        read = Structure.from_file(tmp_path / "cif" / f"{atoms.info['id']}.cif")
        assert matcher(config.matching).fit(read, to_pymatgen(atoms))
        assert len(read.get_primitive_structure(0.2)) == len(atoms)


def test_no_candidates_give_an_empty_table_and_an_empty_folder(config, tmp_path):
    empty = {"dcgan": pd.DataFrame(columns=JUDGED)}
    table = collect_candidates(empty, [], config.matching, best=3)
    write_cifs(table, [], tmp_path)
    assert table.empty
    assert list(table.columns) == COLUMNS
    assert list((tmp_path / "cif").iterdir()) == []
