import pytest
from ase import Atoms
from ase.build import make_supercell

from ccdcgan.judging.rediscovery import COLUMNS, may_become, rediscovered
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def named(atoms: Atoms, name: str) -> Atoms:
    atoms = atoms.copy()
    atoms.info = {"id": name}
    return atoms


def doubled(atoms: Atoms) -> Atoms:
    return make_supercell(atoms, [[2, 0, 0], [0, 1, 0], [0, 0, 1]])


@pytest.fixture
def phases():
    return [named(bi2se3(), "Bi2Se3"), named(doubled(rocksalt()), "BiSe")]


def test_only_crystals_of_the_composition_with_whole_primitive_cells_may_become_a_phase():
    large = named(rattled(doubled(rocksalt()), "", size=0.5), "BiSe")
    tripled = make_supercell(rocksalt(), [[3, 0, 0], [0, 1, 0], [0, 0, 1]])
    crystals = [rocksalt(), doubled(caesium_chloride()), tripled, doubled(doubled(rocksalt())), bi2se3()]
    assert [len(atoms) for atoms in may_become(crystals, [large])] == [4, 8]
    assert may_become(crystals, [rocksalt()]) == crystals[:4]
    assert may_become(crystals, [large, bi2se3()]) == [crystals[1], *crystals[3:]]
    assert may_become(crystals, []) == []


def test_phases_are_counted_among_the_first_graphs(config, phases):
    decoded = [
        named(rattled(bi2se3(), "", size=0.05), "dcgan-000001"),
        named(caesium_chloride(), "dcgan-000003"),
        named(rocksalt(), "dcgan-000007"),
        named(bi2se3(), "dcgan-000008"),
    ]
    relaxed = [named(bi2se3(), "dcgan-000001"), named(rocksalt(), "dcgan-000003"), named(rocksalt(), "dcgan-000007")]
    table = rediscovered(
        [4, 10], phases, {"dcgan": decoded, "ccdcgan": []}, {"dcgan": relaxed, "ccdcgan": []}, config.matching
    )
    assert list(table) == COLUMNS
    rows = table.set_index(["model", "samples", "phase"]).sort_index()
    counts = ["decoded", "relaxed", "found_before", "found"]
    assert rows.loc[("dcgan", 4, "Bi2Se3"), counts].tolist() == [1, 1, 1, 1]
    assert rows.loc[("dcgan", 10, "Bi2Se3"), counts].tolist() == [2, 1, 2, 1]
    assert rows.loc[("dcgan", 4, "BiSe"), counts].tolist() == [1, 1, 0, 1]
    assert rows.loc[("dcgan", 10, "BiSe"), counts].tolist() == [2, 2, 1, 2]
    assert rows.loc[("dcgan", 10, "BiSe"), "first"] == "dcgan-000003"
    assert rows.loc[("dcgan", 10, "BiSe"), "n_atoms"] == 2
    assert (rows.loc["ccdcgan", counts] == 0).all(axis=None)
    assert rows.loc["ccdcgan", "first"].isna().all()
