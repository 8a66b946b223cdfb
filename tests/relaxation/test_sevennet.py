import numpy as np
import pytest
from sevenn.calculator import SevenNetCalculator

from ccdcgan.relaxation.engine import Relaxed, load_engine
from ccdcgan.relaxation.sevennet import SevenNetPotential
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


@pytest.fixture(scope="module")
def structures():
    crystals = [bi2se3(), rocksalt(), caesium_chloride()]
    return [rattled(atoms, atoms.info["id"], size=0.1, seed=seed) for seed, atoms in enumerate(crystals)]


def test_the_batched_call_agrees_with_the_potential_own_calculator(structures):
    for atoms, result in zip(structures, SevenNetPotential("7net-0")(structures), strict=True):
        alone = atoms.copy()
        alone.calc = SevenNetCalculator("7net-0", device="cpu")
        assert result.energy == pytest.approx(alone.get_potential_energy(), abs=1e-5)
        np.testing.assert_allclose(result.forces, alone.get_forces(), atol=1e-4)
        np.testing.assert_allclose(result.stress, alone.get_stress(), atol=1e-5)


def test_relaxation_lowers_forces_and_the_other_model_gives_the_energy(config, structures):
    settings = config.relaxation
    for name, outcome in load_engine(settings).relax(structures[:2]):
        assert isinstance(outcome, Relaxed), name
        assert outcome.fmax <= settings.fmax
        alone = outcome.atoms.copy()
        alone.calc = SevenNetCalculator(settings.energy_model, device="cpu")
        assert outcome.energy == pytest.approx(alone.get_potential_energy(), abs=1e-4)


def test_a_model_without_weights_is_named(config):
    with pytest.raises(ValueError, match="'9net-x'"):
        load_engine(config.relaxation.model_copy(update={"relax_model": "9net-x"}))
