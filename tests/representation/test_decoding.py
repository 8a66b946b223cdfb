import numpy as np

from ccdcgan.crystals.structures import Rejected
from ccdcgan.representation.autoencoders import autoencoder
from ccdcgan.representation.decoding import load_codec
from ccdcgan.representation.encoding import encode_crystals


def test_networks_survive_the_file(config, three_crystals, tmp_path):
    small = config.autoencoders.sites.model_copy(update={"channels": 2, "latent": 5})
    models = [autoencoder(kind, small, config.voxels) for kind in ("lattice", "sites")]
    for model in models:
        model.save(tmp_path / f"{model.name}.keras")
    codec = load_codec(*(tmp_path / f"{model.name}.keras" for model in models), config.voxels)
    before = encode_crystals(*models, three_crystals)
    again = encode_crystals(codec.lattice, codec.sites, three_crystals)
    np.testing.assert_array_equal(again.graphs, before.graphs)
    outcomes = list(codec.decode(before.graphs, config.system, config.decoding))
    assert len(outcomes) == 3
    assert all(isinstance(outcome, Rejected) for outcome in outcomes)  # untrained networks draw no crystal
