"""Spglib's 530 settings of space groups, named by their symbols: right or refused, and never wrong."""

from collections import Counter

import gemmi
import numpy as np
import pytest
import spglib

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers.cif import symmetry
from tests.prototypes.readers import settings, situations

REFUSED = {
    "by Hall symbol alone": 0,
    "by full symbol and number": 72,
    "by short symbol alone": 107,
    "by number alone": 361,
}
"""As many of the 530 at most: their name means several settings."""
ALL = range(1, settings.LAST + 1)


def key(setting: int) -> frozenset[tuple[int, ...]]:
    """The operators by spglib, in the form of ours."""
    rotations, translations = settings.operators(setting)
    parts = np.rint(translations * 24).astype(int) % 24
    return frozenset(map(tuple, np.concatenate([rotations.reshape(-1, 9), parts], axis=1).tolist()))


def test_operators_of_hall_symbols_are_spglibs() -> None:
    for setting in ALL:
        kind = spglib.get_spacegroup_type(setting)
        found = symmetry.by_hall(kind.hall_symbol)
        assert found.key == key(setting), kind
        assert found.number == kind.number


def test_names_mean_spglibs_operators_among_others() -> None:
    """Every name means its own setting; with its choice it means few others, and none of another group."""
    for setting in ALL:
        kind = spglib.get_spacegroup_type(setting)
        for name in (kind.international_full, kind.international_full.replace("_", "").replace(" ", "")):
            plain, chosen = symmetry.by_name(name), symmetry.by_name(name, kind.choice)
            assert key(setting) in {each.key for each in plain}, kind
            assert key(setting) in {each.key for each in chosen}, kind
            assert {each.number for each in chosen} == {kind.number}, kind
            assert len(chosen) <= len(plain) <= 4
        assert key(setting) in {each.key for each in symmetry.by_number(kind.number)}


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("name", situations.NAMED)
def test_no_setting_is_read_wrong(name: str, special: bool) -> None:
    """Random sites, written by symbol only, are those that spglib's operators give; so says the page, too."""
    counts = situations.settings_counts(situations.by_readers, name, special)
    assert counts["wrong"] == 0
    assert counts["right"] == settings.LAST - counts["refused"]
    assert counts["refused"] <= REFUSED[name]
    where = "special" if special else "general"
    row = f"| {name} | {where} positions | now | {counts['right']} | {counts['refused']} | {counts['wrong']} |"
    assert row in situations.PAGE.read_text()


def test_a_choice_settles_what_a_symbol_leaves_open() -> None:
    """Origins and axes behind the colon, without a formula."""
    counts: Counter[str] = Counter()
    for setting in ALL:
        kind = spglib.get_spacegroup_type(setting)
        if kind.choice[:1] not in ("1", "2", "H", "R") or kind.number < 16:
            continue
        crystal = settings.random_crystal(setting, 1, special=False)
        named = {"_space_group_name_H-M_alt": f"{kind.international_full}:{kind.choice}"}
        found = situations.by_readers(settings.as_cif(crystal, named, formula=False))
        counts["refused" if found is None else "right" if settings.is_same(crystal, *found) else "wrong"] += 1
    assert counts == {"right": 79, "refused": 1}  # C c c e:2 is what two settings are called


@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        ("F d -3 m", ["F d -3 m:1", "F d -3 m:2"]),
        ("Fd-3m:2", ["F d -3 m:2"]),
        ("F d -3 m Z", ["F d -3 m:1", "F d -3 m:2"]),
        ("F41/d-32/m", ["F d -3 m:1", "F d -3 m:2"]),
        ("R -3 m", ["R -3 m:H", "R -3 m:R"]),
        ("R -3 m H", ["R -3 m:H"]),
        ("R-3mR", ["R -3 m:R"]),
        ("P m 3 m", ["P m -3 m"]),
        ("P6_3/mmc", ["P 63/m m c"]),
        ("P 6(3)/m m c", ["P 63/m m c"]),
        ("C m c e", ["C m c a"]),
        ("P 21/n", ["P 1 21/n 1", "P 1 1 21/n"]),
        ("PNMA", ["P n m a"]),
        ("F -1", ["F -1"]),
        ("P n m a:3", []),
        ("Q 7", []),
        ("", []),
    ],
)
def test_names_of_settings(symbol: str, names: list[str]) -> None:
    assert [each.name for each in symmetry.by_name(symbol)] == names


@pytest.mark.parametrize(
    ("operators", "words"),
    [
        (["x,y,z", "-x,-y,z+1/5"], "expected an operator"),
        (["x,y,z", "h,k,l"], "expected an operator"),
        (["x,y"], "expected an operator"),
        (["x,y,z", "-y,x,z"], "are no group"),
        (["-x,-y,-z"], "are no group"),
        (["x,y,z", "x,x+y,z"], "are no group"),
        (["x,y,z"] * 1001, "at most 1000"),
    ],
)
def test_what_is_no_group_is_refused(operators: list[str], words: str) -> None:
    with pytest.raises(Rejected, match=words):
        symmetry.by_operators(operators)


def test_operators_in_other_words() -> None:
    """Any order, any case, blanks, decimals and whole translations."""
    found = symmetry.by_operators(["X, Y ,Z", "-x+0,-y,-z+1", ".5+x,y+1/2,z", "1/2-x,0.5-y,-z", "x,y,z"])
    assert found.key == symmetry.by_hall("-C 1").key
    assert found.number == 2


def test_strain_is_of_the_cell() -> None:
    crystal = settings.random_crystal(523, 0, special=False)
    for group in gemmi.spacegroup_table():
        setting = symmetry.by_hall(group.hall)
        if group.crystal_system_str() == "hexagonal":
            assert setting.strain(crystal.lattice) > 0.1
        elif group.crystal_system_str() in ("cubic", "orthorhombic", "triclinic"):
            assert setting.strain(crystal.lattice) < 1e-6
