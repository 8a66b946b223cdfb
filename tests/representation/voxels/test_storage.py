import h5py
import numpy as np
import pytest
from ase import Atoms

from ccdcgan.crystals.structures import REJECT_COLUMNS, Reason
from ccdcgan.representation.voxels.imaging import cluster
from ccdcgan.representation.voxels.lattice import lattice_voxel, read_lattice
from ccdcgan.representation.voxels.sites import sites_voxel
from ccdcgan.representation.voxels.storage import RESOLUTION, VoxelFile, voxelize
from tests.representation.voxels.crystals import LAPTOP, SYSTEM, prototype, read_sites, varied

LONG = Atoms("BiSe", cell=[4, 4, 24], positions=[[0, 0, 0], [0, 0, 12]], pbc=True, info={"id": "long"})


def test_file_holds_both_voxels_and_what_they_are_drawn_from(tmp_path):
    crystals = varied()[:6]
    rejects = voxelize([crystals[0], LONG, *crystals[1:]], SYSTEM, LAPTOP, tmp_path / "voxels.h5")
    assert list(rejects.columns) == REJECT_COLUMNS
    assert rejects[["id", "reason"]].to_numpy().tolist() == [["long", Reason.OUTSIDE_BOX]]
    with VoxelFile(tmp_path / "voxels.h5") as file:
        assert file.ids == [atoms.info["id"] for atoms in crystals]
        assert file.system == SYSTEM
        assert file.voxels == LAPTOP
        for index, atoms in enumerate(crystals):
            expected = cluster(atoms, SYSTEM, LAPTOP)
            stored = file.cluster(index)
            np.testing.assert_array_equal(stored.cell, expected.cell)
            np.testing.assert_allclose(file.lattice(index), lattice_voxel(expected.cell, LAPTOP), atol=RESOLUTION / 2)
            for element, positions in enumerate(expected.positions):
                np.testing.assert_array_equal(stored.positions[element], positions)
                voxel = file.sites(index)[element]
                np.testing.assert_allclose(voxel, sites_voxel(positions, LAPTOP), atol=RESOLUTION / 2 + 1e-6)


def test_rounding_of_stored_voxels_costs_no_accuracy(tmp_path):
    voxelize(varied()[::9], SYSTEM, LAPTOP, tmp_path / "voxels.h5")
    with VoxelFile(tmp_path / "voxels.h5") as file:
        for index in range(len(file.ids)):
            stored = file.cluster(index)
            np.testing.assert_allclose(read_lattice(file.lattice(index), LAPTOP), stored.cell, atol=1e-3)
            for voxel, positions in zip(file.sites(index), stored.positions, strict=True):
                found = read_sites(voxel, LAPTOP, 0.3)
                apart = np.linalg.norm(found[:, None] - positions, axis=-1)
                assert apart.min(axis=0).max() < 1e-3


def test_equal_input_gives_equal_bytes(tmp_path):
    for name in ("first.h5", "second.h5"):
        voxelize(varied()[:8], SYSTEM, LAPTOP, tmp_path / name)
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()


def test_every_dataset_names_units_and_axes(tmp_path):
    voxelize(varied()[:2], SYSTEM, LAPTOP, tmp_path / "voxels.h5")
    with h5py.File(tmp_path / "voxels.h5") as file:
        assert set(file) == {"sites", "lattice", "positions", "cell", "id"}
        for dataset in file.values():
            assert {"units", "axes"} <= set(dataset.attrs)
        assert file["sites"].chunks == (1, 1, 32, 32, 32)
        assert file["sites"].id.get_storage_size() < file["sites"].nbytes / 10


def test_three_elements(tmp_path):
    places = [[0, 0, 0], [3, 0, 0], [0, 3, 0], [0, 0, 3]]
    ternary = Atoms("TeBiSe2", cell=[6, 6, 6], positions=places, pbc=True, info={"id": "ternary"})
    rejects = voxelize([ternary, prototype("rutile")], ["Bi", "Se", "Te"], LAPTOP, tmp_path / "voxels.h5")
    assert rejects["reason"].tolist() == [Reason.NO_ATOMS]
    with VoxelFile(tmp_path / "voxels.h5") as file:
        assert file.sites(0).shape == (3, 32, 32, 32)
        assert [len(positions) for positions in file.cluster(0).positions] == [1, 2, 1]


def test_nothing_fits(tmp_path):
    assert len(voxelize([LONG], SYSTEM, LAPTOP, tmp_path / "voxels.h5")) == 1
    with VoxelFile(tmp_path / "voxels.h5") as file:
        assert file.ids == []


def test_ids_must_be_unique_and_present(tmp_path):
    for crystals in ([LONG, LONG], [Atoms("BiSe")]):
        with pytest.raises(ValueError, match="expected one of its own each"):
            voxelize(crystals, SYSTEM, LAPTOP, tmp_path / "voxels.h5")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.h5").write_text("voxels")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    for name in ("text.h5", "empty.h5", "missing.h5"):
        with pytest.raises(ValueError, match="expected an HDF5 file of voxels"):
            VoxelFile(tmp_path / name)
