import numpy as np
import pytest
from ase import Atoms
from sevenn.calculator import SevenNetCalculator

from ccdcgan.relaxation.batch import relax_batch
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.registry import load_engine
from tests.conftest import bi2se3, caesium_chloride, rattled


def test_the_relaxed_cell_gets_the_energies_of_the_other_models(config, tmp_path):
    settings = config.relaxation.model_copy(update={"energy_model": "7net-l3i5", "second_model": "7net-0"})
    structures = [rattled(atoms, atoms.info["id"], size=0.1) for atoms in (bi2se3(), caesium_chloride())]
    for name, outcome in load_engine(settings, 1, tmp_path).relax(structures):
        assert isinstance(outcome, Relaxed), name
        assert outcome.fmax <= settings.fmax
        for model, energy in (("7net-l3i5", outcome.energy), ("7net-0", outcome.second_energy)):
            alone = outcome.atoms.copy()
            alone.calc = SevenNetCalculator(model, device="cpu")
            assert energy == pytest.approx(alone.get_potential_energy(), abs=1e-4)


def test_the_scale_names_both_models(config, tmp_path):
    assert load_engine(config.relaxation, 1, tmp_path).scale == "PBE by 7net-l3i5 at geometries of 7net-0"


def test_another_engine_brings_its_own_models(config, tmp_path):
    settings = config.relaxation.model_copy(update={"engine": "chgnet"})
    assert load_engine(settings, 1, tmp_path).scale == (
        "PBE with the corrections of MP2020 by chgnet-0.3.0 at geometries of chgnet-0.3.0"
    )


def test_a_model_without_weights_is_named(config, tmp_path):
    with pytest.raises(ValueError, match="'9net-x'"):
        load_engine(config.relaxation.model_copy(update={"relax_model": "9net-x"}), 1, tmp_path)


@pytest.mark.parametrize("engine", ["sevennet", "chgnet"])
def test_faulty_structures_become_rows_and_the_others_go_on(config, tmp_path, engine):
    settings = config.relaxation.model_copy(update={"engine": engine, "max_steps": 20})
    nan = rattled(caesium_chloride(), "nan")
    nan.positions[0, 0] = np.nan
    structures = [
        Atoms("Bi", cell=[30] * 3, pbc=True, info={"id": "isolated"}),
        Atoms("Bi", cell=[[-1.9, 1.9, 1.9], [1.9, -1.9, 1.9], [1.9, 1.9, -1.9]], pbc=True, info={"id": "single"}),
        Atoms("BiSe", positions=[[0, 0, 0], [0.3, 0, 0]], cell=[4] * 3, pbc=True, info={"id": "overlapping"}),
        nan,
        bi2se3(),
    ]
    _, table = relax_batch(structures, lambda: load_engine(settings, 1, tmp_path), settings, tmp_path / "journal")
    outcomes = table.set_index("id")
    assert list(table["id"]) == [atoms.info["id"] for atoms in structures]
    assert outcomes.loc["bi2se3", "status"] == "relaxed"
    assert set(outcomes.index[outcomes["status"] == "rejected"]) >= {"isolated", "nan", "overlapping"}
    rejected = outcomes[outcomes["status"] == "rejected"]
    assert rejected["reason"].notna().all()
    assert rejected["detail"].notna().all()
