import numpy as np
import pytest

from ccdcgan.crystals.structures import Reason, Rejected, reject_table
from ccdcgan.representation.decoding import Codec
from ccdcgan.representation.encoding import encode_crystals
from ccdcgan.representation.reconstruction import reconstruct
from ccdcgan.representation.reconstruction_errors import RECONSTRUCTION_COLUMNS
from tests.conftest import bi2se3, caesium_chloride, rocksalt
from tests.representation.perfect import Perfect


def test_with_perfect_networks_every_crystal_comes_back(config, three_crystals):
    codec = Codec(Perfect(), Perfect(), config.voxels)
    crystals = encode_crystals(codec.lattice, codec.sites, three_crystals)
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


def test_what_comes_back_as_something_else_is_said(config, three_crystals):
    codec = Codec(Perfect(), Perfect(), config.voxels)
    crystals = encode_crystals(codec.lattice, codec.sites, three_crystals)
    crystals.graphs[0] = crystals.graphs[1]
    split = dict.fromkeys(crystals.ids, "train")
    database = [bi2se3(), rocksalt(), caesium_chloride()]
    table = reconstruct(
        codec, crystals, reject_table([]), database, split, config.system, config.decoding, config.matching
    )
    assert list(table["reason"].dropna()) == ["different"]
    assert table["detail"][0] == "Bi2 Se3 became Bi1 Se1"
    assert list(table["failure"].dropna()) == ["atom_count"]


def test_the_lattice_is_to_blame_where_the_true_one_mends_it(config, three_crystals):
    codec = Codec(Perfect(), Perfect(), config.voxels)
    crystals = encode_crystals(codec.lattice, codec.sites, three_crystals)
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
