import numpy as np
import pytest
from chgnet.model import CHGNet
from chgnet.model.dynamics import CHGNetCalculator

from ccdcgan.relaxation.chgnet import CHGNetPotential
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def test_the_batched_call_agrees_with_the_potential_own_calculator():
    crystals = [bi2se3(), rocksalt(), caesium_chloride()]
    structures = [rattled(atoms, atoms.info["id"], size=0.1, seed=seed) for seed, atoms in enumerate(crystals)]
    calculator = CHGNetCalculator(CHGNet.load(verbose=False), use_device="cpu")
    for atoms, result in zip(structures, CHGNetPotential("chgnet-0.3.0")(structures), strict=True):
        alone = atoms.copy()
        alone.calc = calculator
        assert result.energy == pytest.approx(alone.get_potential_energy(), abs=1e-4)
        np.testing.assert_allclose(result.forces, alone.get_forces(), atol=1e-4)
        np.testing.assert_allclose(result.stress, alone.get_stress(), atol=1e-5)


def test_one_structure_is_a_batch_too():
    assert len(CHGNetPotential("chgnet-0.3.0")([bi2se3()])) == 1
