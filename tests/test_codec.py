import numpy as np
import pytest

from ccdcgan.autoencoders import autoencoder
from ccdcgan.codec import Codec, load_codec
from ccdcgan.reconstruction import RECONSTRUCTION_COLUMNS
from ccdcgan.roundtrip import reconstruct
from ccdcgan.structures import Reason, Rejected, reject_table
from ccdcgan.voxels.storage import voxelize
from tests.conftest import bi2se3, caesium_chloride, rocksalt


class Perfect:
    """Stands in for the trained networks of a codec: remembers every voxel it is shown, and gives it back exactly."""

    def __init__(self):
        self.seen = []

    def get_layer(self, name):
        self.output_shape = (None, 1)
        self.predict = self._encode if name == "encoder" else self._decode
        return self

    def _encode(self, voxels, **_):
        self.seen.extend(voxels)
        return np.arange(len(self.seen) - len(voxels), len(self.seen), dtype="float32")[:, None]

    def _decode(self, latents, **_):
        return np.stack([self.seen[int(number)] for number in latents[:, 0]])


@pytest.fixture
def voxel_file(config, tmp_path):
    path = tmp_path / "voxels.h5"
    assert voxelize([bi2se3(), rocksalt(), caesium_chloride()], config.system, config.voxels, path).empty
    return path


def test_with_perfect_networks_every_crystal_comes_back(config, voxel_file):
    codec = Codec(Perfect(), Perfect(), config.voxels)
    crystals = codec.encode(voxel_file)
    assert crystals.ids == ["bi2se3", "rocksalt", "cscl"]
    assert crystals.graphs.shape == (3, 28, 28)
    database = [bi2se3(), rocksalt(), caesium_chloride(), rocksalt(name="outside")]
    outside = reject_table([("outside", Rejected(Reason.OUTSIDE_BOX, "13 angstrom, at most 11"))])
    split = {"bi2se3": "train", "rocksalt": "train", "cscl": "held_out", "outside": "held_out"}
    table = reconstruct(
        codec, crystals, outside, database, split, config.system, config.decoding, config.matching
    ).set_index("id")
    assert list(table.reset_index().columns) == RECONSTRUCTION_COLUMNS
    assert dict(table["matched"]) == {"outside": False, "bi2se3": True, "rocksalt": True, "cscl": True}
    assert table["rms"].max() < 0.001
    assert table["rms_angstrom"].max() < 0.002
    assert table["length_error"].max() < 0.01
    assert table["angle_error"].max() < 0.01
    assert table.loc["bi2se3", ["n_atoms", "atoms", "atoms_found"]].tolist() == [5, "Bi2 Se3", "Bi2 Se3"]
    assert table.loc["rocksalt", "volume"] == pytest.approx(5.9**3 / 4)
    assert table["failure"].dropna().to_dict() == {"outside": "rejected"}
    assert table.loc["outside", "n_atoms"] == 2
    assert table.loc["outside", "reason"] == "outside_box"
    assert dict(table["split"]) == split


def test_what_comes_back_as_something_else_is_said(config, voxel_file):
    codec = Codec(Perfect(), Perfect(), config.voxels)
    crystals = codec.encode(voxel_file)
    crystals.graphs[0] = crystals.graphs[1]
    split = dict.fromkeys(crystals.ids, "train")
    database = [bi2se3(), rocksalt(), caesium_chloride()]
    table = reconstruct(
        codec, crystals, reject_table([]), database, split, config.system, config.decoding, config.matching
    )
    assert list(table["reason"].dropna()) == ["different"]
    assert table["detail"][0] == "Bi2 Se3 became Bi1 Se1"
    assert list(table["failure"].dropna()) == ["atom_count"]


def test_the_lattice_is_to_blame_where_the_true_one_mends_it(config, voxel_file):
    codec = Codec(Perfect(), Perfect(), config.voxels)
    crystals = codec.encode(voxel_file)
    lattice, salt, chloride = codec.lattice.seen[0], *codec.lattice.seen[1:]
    codec.lattice.seen[:] = [lattice, chloride, salt]
    codec.sites.seen[0] = np.roll(codec.sites.seen[0], 6, axis=2)
    database = [bi2se3(), rocksalt(), caesium_chloride()]
    table = reconstruct(
        codec,
        crystals,
        reject_table([]),
        database,
        dict.fromkeys(crystals.ids, "train"),
        config.system,
        config.decoding,
        config.matching,
    ).set_index("id")
    assert table["failure"].to_dict() == {"bi2se3": "positions", "rocksalt": "lattice", "cscl": "lattice"}
    assert table.loc["bi2se3", "length_error"] < 0.01
    assert table.loc["cscl", "length_error"] > 10


def test_networks_survive_the_file(config, voxel_file, tmp_path):
    small = config.autoencoders.sites.model_copy(update={"channels": 2, "latent": 5})
    models = [autoencoder(kind, small, config.voxels) for kind in ("lattice", "sites")]
    for model in models:
        model.save(tmp_path / f"{model.name}.keras")
    codec = load_codec(*(tmp_path / f"{model.name}.keras" for model in models), config.voxels)
    before = Codec(*models, config.voxels).encode(voxel_file)
    np.testing.assert_array_equal(codec.encode(voxel_file).graphs, before.graphs)
    outcomes = list(codec.decode(before.graphs, config.system, config.decoding))
    assert len(outcomes) == 3
    assert all(isinstance(outcome, Rejected) for outcome in outcomes)  # untrained networks draw no crystal
