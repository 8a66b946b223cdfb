"""What must hold between sections."""

import pytest

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import parse_config
from tests.config.support import changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gan__steps": 51}, ["'gan.steps'", "51", "gan.steps_per_call"]),
        ({"autoencoders__lattice__channels": [16, 32]}, ["'autoencoders.lattice.channels'", "3 with voxels"]),
        (
            {"controls__sources": ["optimade"], "prototypes__optimade": None},
            ["'prototypes.optimade'", "None", "its settings", "controls.sources"],
        ),
        (
            {"prototypes__sources": ["files"], "prototypes__files": None},
            ["'prototypes.files'", "None", "its settings", "prototypes.sources names files"],
        ),
        ({"controls__names": ["weighted_latents"]}, ["'gan.temperature'", "None", "a number", "controls.names"]),
        (
            {"objectives": [{"property": "formation_energy", "weight": 1, "goal": "minimise"}]},
            ["'objectives'", "gan.weight"],
        ),
        (
            {"objectives": [{"property": "x", "weight": 1, "goal": 0}] * 2},
            ["'objectives'", "each property once"],
        ),
    ],
)
def test_keys_that_do_not_fit_each_other_are_refused(change, words):
    with pytest.raises(ConfigError) as caught:
        parse_config(changed(**change))
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize("channels", [8, [8], [8, 16, 32]])
def test_channels_may_be_one_number_or_those_of_each_convolution(channels):
    found = parse_config(changed(autoencoders__sites__channels=channels)).autoencoders.sites.channels
    assert found == (channels if isinstance(channels, list) else [channels])


def test_the_models_follow_from_the_networks():
    assert list(parse_config(changed()).variants) == ["dcgan", "dcgan+constraint", "ccdcgan", "flow"]
    assert list(parse_config(changed(generation__models=["ccdcgan"])).variants) == ["ccdcgan"]
