import numpy as np
import pytest

from ccdcgan.representation.encoding import encode_crystals
from tests.representation.perfect import Perfect


def test_each_graph_holds_the_latents_of_its_crystal(three_crystals):
    crystals = encode_crystals(Perfect(), Perfect(), three_crystals)
    assert crystals.ids == ["bi2se3", "rocksalt", "cscl"]
    assert crystals.attributes["system"] == ["Bi", "Se"]
    # The perfect networks' latents count the voxels: one of the lattice and two of the sites for each crystal.
    rows = crystals.graphs.reshape(3, -1)
    np.testing.assert_array_equal(rows[:, [0, 200, 400]], [[0, 0, 1], [1, 2, 3], [2, 4, 5]])


def test_only_the_chosen_are_encoded(three_crystals):
    crystals = encode_crystals(Perfect(), Perfect(), three_crystals, {"cscl", "bi2se3"})
    assert crystals.ids == ["bi2se3", "cscl"]
    with pytest.raises(ValueError, match="found no crystal, expected at least one"):
        encode_crystals(Perfect(), Perfect(), three_crystals, set())
