from collections import Counter

import pytest

from ccdcgan.config.loading import parse_config
from ccdcgan.config.prototypes import subsystems
from tests.config.support import changed


@pytest.mark.parametrize(("elements", "counts"), [("AB", {}), ("ABC", {2: 3}), ("ABCD", {2: 6, 3: 4})])
def test_subsystems_lack_an_element_and_are_no_elements(elements, counts):
    parts = subsystems(list(elements))
    assert Counter(map(len, parts)) == counts
    assert len(set(parts)) == len(parts)


def test_sources_that_are_not_chosen_leave_no_settings():
    section = parse_config(changed()).prototypes
    own = section.of_sources("random")
    assert (own.aflow, own.random) == (section.aflow, section.random)
    assert own.files is own.optimade is own.materials_project is own.superstructures is None
