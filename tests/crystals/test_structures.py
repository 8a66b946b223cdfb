import numpy as np
import pytest
from ase.spacegroup import get_spacegroup

from ccdcgan.crystals.structures import (
    Reason,
    Rejected,
    from_pymatgen,
    read_structures,
    reject_table,
    space_group,
    to_pymatgen,
    write_structures,
)
from tests.conftest import bi2se3, caesium_chloride, rocksalt


def test_structures_survive_the_file(tmp_path):
    first, second = bi2se3(), rocksalt(name="aflow.AB_cF8_225_a_b-001.Bi.Se")
    first.info["predicted_formation_energy"] = -0.25
    write_structures(tmp_path / "s.extxyz", [first, second])
    read = read_structures(tmp_path / "s.extxyz")
    assert [atoms.info["id"] for atoms in read] == ["bi2se3", "aflow.AB_cF8_225_a_b-001.Bi.Se"]
    assert read[0].info["predicted_formation_energy"] == -0.25
    for before, after in zip([first, second], read, strict=True):
        np.testing.assert_allclose(after.positions, before.positions, atol=1e-7)
        np.testing.assert_allclose(after.cell.array, before.cell.array, atol=1e-7)
        assert after.get_chemical_symbols() == before.get_chemical_symbols()
        assert after.pbc.all()


def test_an_empty_set_is_an_empty_file(tmp_path):
    write_structures(tmp_path / "none.extxyz", [])
    assert read_structures(tmp_path / "none.extxyz") == []


def test_ids_must_be_unique(tmp_path):
    with pytest.raises(ValueError, match="id of its own"):
        write_structures(tmp_path / "s.extxyz", [rocksalt(), rocksalt()])


@pytest.mark.parametrize("name", ["007", "1e5", "T", "two words", "nan"])
def test_an_id_that_the_file_would_change_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="expected one word that is no number"):
        write_structures(tmp_path / "s.extxyz", [rocksalt(name=name)])


@pytest.mark.parametrize("content", [b"not a number\nid=x\n", b"3\nid=x\nBi 0 0 0\n", bytes(range(256))])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "broken.extxyz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.extxyz: found .* expected extended XYZ"):
        read_structures(path)


def test_a_frame_without_id_is_named(tmp_path):
    (tmp_path / "s.extxyz").write_text('1\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3\nBi 0 0 0\n')
    with pytest.raises(ValueError, match=r"s\.extxyz: frame 0 has no id"):
        read_structures(tmp_path / "s.extxyz")


def test_pymatgen_and_back():
    atoms = bi2se3()
    back = from_pymatgen(to_pymatgen(atoms), "other", note="x")
    np.testing.assert_allclose(back.positions, atoms.positions, atol=1e-9)
    assert back.info == {"id": "other", "note": "x"}


def test_reject_table_keeps_reason_and_detail():
    table = reject_table([("a", Rejected(Reason.VOLUME, "5.7 angstrom^3/atom, allowed from 15"))])
    assert table.to_dict("records") == [
        {"id": "a", "reason": "volume", "detail": "5.7 angstrom^3/atom, allowed from 15"}
    ]


def test_space_groups_against_ase():
    for atoms in (bi2se3(), rocksalt(), caesium_chloride()):
        assert space_group(atoms) == get_spacegroup(atoms, symprec=0.01).no
