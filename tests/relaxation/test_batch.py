import json

import numpy as np
import pytest

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.relaxation.batch import COLUMNS, relax_batch
from ccdcgan.relaxation.engine import Relaxed
from tests.conftest import bi2se3, rocksalt


class Engine:
    """Gives every structure back as it came, except one; counts what it was asked for."""

    scale = "none"

    def __init__(self, stop_after=None):
        self.asked = []
        self.stop_after = stop_after

    def relax(self, structures):
        for count, atoms in enumerate(structures):
            if count == self.stop_after:
                raise KeyboardInterrupt
            name = atoms.info["id"]
            self.asked.append(name)
            if name == "bad":
                yield name, Rejected(Reason.NOT_CONVERGED, "force 3.2 eV/angstrom after 200 steps")
            else:
                yield name, Relaxed(atoms, -4.0 * len(atoms), steps=len(self.asked), fmax=0.01)


def structures():
    squeezed = rocksalt(a=4.4, name="squeezed")
    return [bi2se3(), rocksalt(name="bad"), rocksalt(name="good"), squeezed]


def test_every_structure_has_a_row_in_the_order_of_the_input(config, tmp_path):
    relaxed, table = relax_batch(structures(), Engine, config.relaxation, tmp_path / "j")
    assert list(table["id"]) == ["bi2se3", "bad", "good", "squeezed"]
    assert list(table["status"]) == ["relaxed", "rejected", "relaxed", "rejected"]
    assert list(table["reason"].dropna()) == ["not_converged", "volume"]
    assert [atoms.info["id"] for atoms in relaxed] == ["bi2se3", "good"]
    assert list(table.columns) == COLUMNS
    row = table.set_index("id").loc["bi2se3"]
    assert row["energy_per_atom"] == -4.0
    assert row["volume_per_atom"] == pytest.approx(bi2se3().get_volume() / 5)


def test_a_killed_batch_goes_on_where_it_was(config, tmp_path):
    journal = tmp_path / "j"
    with pytest.raises(KeyboardInterrupt):
        relax_batch(structures(), lambda: Engine(stop_after=2), config.relaxation, journal)
    with journal.open("a") as file:
        file.write('{"id": "good", "stat')  # what a kill in the middle of a write leaves
    engine = Engine()
    relaxed, table = relax_batch(structures(), lambda: engine, config.relaxation, journal)
    assert engine.asked == ["good", "squeezed"]
    whole, whole_table = relax_batch(structures(), Engine, config.relaxation, tmp_path / "other")
    assert table.drop(columns="steps").equals(whole_table.drop(columns="steps"))
    for one, other in zip(relaxed, whole, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        assert one.info == other.info


@pytest.mark.parametrize("change", ["code", "settings", "structures"])
def test_a_journal_of_something_else_is_not_believed(config, tmp_path, change):
    journal = tmp_path / "j"
    relax_batch(structures(), Engine, config.relaxation, journal, code="1")
    engine = Engine()
    settings = config.relaxation.model_copy(update={"fmax": 0.2} if change == "settings" else {})
    inputs = structures()
    if change == "structures":
        inputs[0].positions[0, 0] += 1e-6
    relax_batch(inputs, lambda: engine, settings, journal, code="2" if change == "code" else "1")
    assert len(engine.asked) == 4


def test_a_finished_journal_needs_no_engine(config, tmp_path):
    journal = tmp_path / "j"
    relax_batch(structures(), Engine, config.relaxation, journal)
    relax_batch(structures(), lambda: pytest.fail("engine loaded"), config.relaxation, journal)
    assert all(json.loads(line) for line in journal.read_text().splitlines())


def test_an_engine_that_forgets_a_structure_is_an_error(config, tmp_path):
    class Forgetful(Engine):
        def relax(self, structures):
            yield from super().relax(structures[1:])

    with pytest.raises(RuntimeError, match="no outcome for bi2se3"):
        relax_batch(structures(), Forgetful, config.relaxation, tmp_path / "j")


def test_an_empty_batch_is_an_empty_table(config, tmp_path):
    relaxed, table = relax_batch([], lambda: pytest.fail("engine loaded"), config.relaxation, tmp_path / "j")
    assert relaxed == []
    assert list(table.columns) == COLUMNS
