import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ccdcgan.config.autoencoders import Autoencoder
from ccdcgan.config.voxels import Voxels
from ccdcgan.generators.holdout import LEFT_OUT, has_composition, sides
from ccdcgan.representation.autoencoders import train_autoencoder
from ccdcgan.representation.encoding import encode_crystals
from ccdcgan.representation.voxels.storage import voxelize
from tests.conftest import bi2se3, caesium_chloride, rocksalt
from tests.representation.perfect import Perfect

DATABASE = pd.DataFrame(
    {
        "id": ["bi2se3", "rocksalt", "cscl", "large"],
        "formula": ["Bi2Se3", "BiSe", "BiSe", "Bi4Se6"],
        "split": ["train", "train", "held_out", "held_out"],
    }
)


def test_a_composition_is_left_out_from_both_sides_however_large_the_cell():
    assert list(sides(DATABASE, "none")) == list(DATABASE["split"])
    assert sides(DATABASE, "Bi2Se3").to_dict() == {
        "bi2se3": LEFT_OUT,
        "rocksalt": "train",
        "cscl": "held_out",
        "large": LEFT_OUT,
    }
    assert list(sides(DATABASE, "BiSe3")) == list(DATABASE["split"])


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=20), st.integers(1, 4))
def test_every_crystal_of_the_composition_and_no_other(pairs, units):
    formulas = pd.Series([f"Bi{units * bismuth}Se{units * selenium}" for bismuth, selenium in pairs])
    found = has_composition(formulas, Composition(f"Bi{pairs[0][0]}Se{pairs[0][1]}").reduced_formula)
    assert list(found) == [a * pairs[0][1] == b * pairs[0][0] for a, b in pairs]


def test_what_is_left_out_reaches_no_network(config, tmp_path):
    """The trained weights are those of a database without the composition, bit for bit."""
    voxels = Voxels(sites_grid=8, sites_box=12.0, sites_sigma=1.0, lattice_grid=8, lattice_sigma=1.0)
    crystals = [rocksalt(), caesium_chloride(), bi2se3()]
    with_it, without_it = tmp_path / "with.h5", tmp_path / "without.h5"
    voxelize(crystals, config.system, voxels, with_it)
    voxelize(crystals[:2], config.system, voxels, without_it)
    side = sides(DATABASE, "Bi2Se3")
    settings = config.autoencoders.sites.model_dump() | {"channels": 2, "latent": 4, "steps": 2}
    for kind in ("sites", "lattice"):
        trained = [
            train_autoencoder(kind, path, side, Autoencoder(**settings), seed=0)[0] for path in (with_it, without_it)
        ]
        for one, two in zip(trained[0].get_weights(), trained[1].get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)
    kept = set(side[side != LEFT_OUT].index)
    graphs = encode_crystals(Perfect(), Perfect(), with_it, kept)
    assert graphs.ids == ["rocksalt", "cscl"]
    np.testing.assert_array_equal(graphs.graphs, encode_crystals(Perfect(), Perfect(), without_it).graphs)
