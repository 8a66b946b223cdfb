"""Which elements a run may hold."""

import warnings

import pytest

from ccdcgan.config.elements import NOBLE_GASES, POTENTIAL_ELEMENTS, SHIPPED_POTENTIALS, known_elements
from ccdcgan.config.errors import ConfigError
from ccdcgan.config.loading import parse_config


def test_they_are_those_of_the_potentials():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sevenn.util import load_checkpoint

        for name in (each for each in SHIPPED_POTENTIALS if each.startswith("7net-")):
            assert set(load_checkpoint(name).config["chemical_species"]) == set(POTENTIAL_ELEMENTS)


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (["Xe", "F"], "Xe is a noble gas"),
        (["Po", "O"], "Po is none of their 89"),
        (["Am", "O"], "Am is none of their 89"),
    ],
)
def test_others_are_refused_by_name(config, system, words):
    with pytest.raises(ConfigError, match=words):
        parse_config(config.model_dump() | {"system": system})


def test_vasp_and_a_checkpoint_of_ones_own_may_know_others(config):
    assert known_elements("vasp", (None,)) is None
    assert known_elements("sevennet", (None, "mine.pth", None)) is None
    assert known_elements("sevennet", (None, "7net-0", None)) == POTENTIAL_ELEMENTS
    changed = config.model_dump()
    changed["relaxation"] |= {"relax_model": "mine.pth"}
    assert parse_config(changed | {"system": ["Po", "O"]}).system == ["Po", "O"]
    assert not set(NOBLE_GASES) & {"Po", "O"}
