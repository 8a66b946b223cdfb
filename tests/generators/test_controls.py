import numpy as np
import pytest

from ccdcgan.crystals.structures import Reason, Rejected, read_structures, space_group, to_pymatgen, write_structures
from ccdcgan.generators import controls
from ccdcgan.generators.controls import left_over, random_crystals
from tests.conftest import rocksalt

SYSTEM = ["Bi", "Se"]


@pytest.fixture
def limits(config):
    return config.prototypes.model_copy(update={"max_atoms": 4})


def test_random_crystals_fill_their_places_whatever_the_batches(limits):
    whole, rejects = random_crystals(limits, SYSTEM, start=0, count=6, seed=1)
    assert [atoms.info["id"] for atoms in whole] == [f"random-{number:06d}" for number in range(6)]
    part, _ = random_crystals(limits, SYSTEM, start=4, count=2, seed=1)
    for one, other in zip(part, whole[4:], strict=True):
        assert one.info["id"] == other.info["id"]
        np.testing.assert_array_equal(one.positions, other.positions)
    assert all(set(atoms.symbols) == set(SYSTEM) for atoms in whole)
    assert max(atoms.cell.lengths().max() for atoms in whole) < 10.0
    assert any(space_group(atoms) > 2 for atoms in whole)
    other, _ = random_crystals(limits, SYSTEM, start=0, count=1, seed=2)
    assert other[0].get_volume() != pytest.approx(whole[0].get_volume())
    # What failed stands in the table, under the number that it was drawn for.
    assert all(name.partition(".")[0] in {atoms.info["id"] for atoms in whole} for name, _ in rejects)


def test_a_place_that_nothing_fills_is_left_with_its_reasons(limits, monkeypatch):
    def fail(*_):
        raise Rejected(Reason.UNBUILDABLE, "no places")

    monkeypatch.setattr(controls, "draw", fail)
    crystals, rejects = random_crystals(limits, SYSTEM, start=7, count=1, seed=0)
    assert crystals == []
    assert [name for name, _ in rejects] == [f"random-000007.{attempt + 1}" for attempt in range(controls.ATTEMPTS)]


def test_crystals_without_a_prediction_survive_their_file(limits, tmp_path):
    crystals, _ = random_crystals(limits, SYSTEM, start=0, count=1, seed=1)
    write_structures(tmp_path / "x.extxyz", crystals)
    assert np.isnan(float(read_structures(tmp_path / "x.extxyz")[0].info["predicted_formation_energy"]))


def test_substitution_takes_what_the_database_left():
    cells = [rocksalt(5.8 + 0.1 * number, f"cell{number}") for number in range(4)]
    left = left_over(cells, {"cell0", "cell2"})
    assert [atoms.info["id"] for atoms in left] == ["cell1", "cell3"]
    assert all(np.isnan(atoms.info["predicted_formation_energy"]) for atoms in left)
    with pytest.raises(ValueError, match=r"controls.names: found substitution, but .* all 4 prototype cells"):
        left_over(cells, {atoms.info["id"] for atoms in cells})


def test_decoded_control_is_a_crystal(limits):
    crystal = random_crystals(limits, SYSTEM, start=0, count=1, seed=1)[0][0]
    assert to_pymatgen(crystal).is_valid(1.5)
