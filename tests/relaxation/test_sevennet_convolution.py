import numpy as np
import pytest
import torch
from e3nn.o3 import Irreps, TensorProduct

from ccdcgan.relaxation.sevennet import SevenNetPotential
from ccdcgan.relaxation.sevennet_convolution import FusedTensorProduct
from tests.conftest import bi2se3, caesium_chloride, rattled, rocksalt


def tensor_product(left: Irreps, right: Irreps) -> TensorProduct:
    """Every path of mode uvu, each with a slot of its own in the output, sorted as SevenNet sorts them."""
    slots, steps = [], []
    for i, (channels, first) in enumerate(left):
        for j, (_, second) in enumerate(right):
            for irrep in first * second:
                if irrep.l <= left.lmax:
                    steps.append((i, j, len(slots), "uvu", True))
                    slots.append((channels, irrep))
    out, order, _ = Irreps(slots).sort()
    steps = sorted(((i, j, order[k], mode, train) for i, j, k, mode, train in steps), key=lambda step: step[2])
    return TensorProduct(left, right, out, steps, shared_weights=False, internal_weights=False)


@pytest.mark.parametrize(
    ("left", "right"),
    [("7x0e", "1x0e+1x1e"), ("8x0e+5x1e+3x2e", "1x0e+1x1e+1x2e"), ("4x0e+3x1o+2x2e+1x3o", "1x0e+1x1o+1x2e+1x3o")],
)
def test_agrees_with_e3nn_forwards_and_backwards(left, right):
    torch.manual_seed(0)
    product = tensor_product(Irreps(left), Irreps(right))
    n_atoms, n_edges = 5, 40
    source, target = torch.randint(n_atoms, (2, n_edges))
    inputs = [
        torch.randn(n_atoms, product.irreps_in1.dim, requires_grad=True),
        torch.randn(n_edges, product.irreps_in2.dim, requires_grad=True),
        torch.randn(n_edges, product.weight_numel, requires_grad=True),
    ]
    x, harmonics, weight = inputs
    expected = torch.zeros(n_atoms, product.irreps_out.dim).index_add(0, target, product(x[source], harmonics, weight))
    found = FusedTensorProduct(product)(x, harmonics, weight, source.int(), target.int())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    direction = torch.randn_like(expected)
    gradients = [torch.autograd.grad((result * direction).sum(), inputs) for result in (found, expected)]
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_neighbours_in_a_batch_change_a_structure_by_rounding_only():
    potential = SevenNetPotential("7net-0")
    structures = [rattled(atoms, atoms.info["id"], size=0.1) for atoms in (bi2se3(), rocksalt(), caesium_chloride())]
    for atoms, together in zip(structures, potential(structures), strict=True):
        (alone,) = potential([atoms])
        assert together.energy == pytest.approx(alone.energy, abs=1e-5)
        np.testing.assert_allclose(together.forces, alone.forces, atol=1e-5)
