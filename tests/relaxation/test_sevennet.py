import numpy as np
import pytest
from sevenn.calculator import SevenNetCalculator

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
