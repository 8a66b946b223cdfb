"""SevenNet's convolution on a CPU in one pass over the edges.

The library's own makes a message for every edge (three thousand numbers each) and writes it out after every elementary
operation, forwards and backwards: on a CPU most of the time goes into memory traffic. Here each edge's message is
added to its atom while it is still in the cache. Same weights, same result up to rounding. The library offers such
fused convolutions for NVIDIA GPUs alone, and this one takes the place that it has for them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from e3nn.o3 import Irreps, TensorProduct, wigner_3j
from numba import njit
from sevenn.nn.convolution import IrrepsConvolution, IrrepsScatterGatterFusedConvolution

__all__ = ["FusedTensorProduct", "fuse_convolutions"]


def fuse_convolutions(model: torch.nn.Module) -> None:
    """Replace every convolution of a SevenNet model, in place, by its fused form."""
    for name, module in list(model.named_children()):
        if isinstance(module, IrrepsConvolution):
            fused = IrrepsScatterGatterFusedConvolution.from_irreps_convolution(module)
            fused.convolution = FusedTensorProduct(module.convolution)
            setattr(model, name, fused)


class FusedTensorProduct(torch.nn.Module):
    """Gathers, multiplies and adds up: the messages to each atom, by an e3nn tensor product of mode ``uvu``.

    Parameters
    ----------
    product
        The tensor product of one message: features of the sending atom by spherical harmonics of the edge, with one
        weight for each path and channel of the edge.
    """

    def __init__(self, product: TensorProduct) -> None:
        super().__init__()
        self.paths, self.terms = _plan(product)
        self.width = product.irreps_out.dim
        for name, order in (
            ("order_in", _component_first(product.irreps_in1)),
            ("order_out", np.argsort(_component_first(product.irreps_out))),
        ):
            self.register_buffer(name, torch.from_numpy(order), persistent=False)

    def forward(
        self, x: torch.Tensor, harmonics: torch.Tensor, weight: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """Sum of the messages at each atom.

        Parameters
        ----------
        x
            Features of the atoms, shape (n_atoms, width of the first input).
        harmonics
            Of the edges, shape (n_edges, width of the second input).
        weight
            Of the edges, shape (n_edges, paths times channels).
        source, target
            Sending and receiving atom of each edge, shape (n_edges,).
        """
        by_component = x.index_select(1, self.order_in)
        out = _Messages.apply(by_component, harmonics, weight, source, target, self.paths, self.terms, self.width)
        return out.index_select(1, self.order_out)


def _component_first(irreps: Irreps) -> np.ndarray:
    """Order that turns each block of e3nn, (channel, component), into (component, channel): channels lie in rows."""
    blocks = [
        np.arange(part.start, part.stop).reshape(multiplicity, irrep.dim).T.ravel()
        for (multiplicity, irrep), part in zip(irreps, irreps.slices(), strict=True)
    ]
    return np.concatenate(blocks)


def _plan(product: TensorProduct) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Write a tensor product as numbers for the kernels.

    Returns
    -------
    paths : ndarray
        A row for each path: where its input, harmonics, output and weights begin, channels, components of input and
        output, first and last row of its terms.
    terms : tuple of ndarray
        Components (input, harmonics, output) of each non-zero coefficient, shape (n, 3), and the coefficients.
    """
    starts = [
        [part.start for part in irreps.slices()]
        for irreps in (product.irreps_in1, product.irreps_in2, product.irreps_out)
    ]
    paths: list[list[int]] = []
    components: list[list[int]] = []
    coefficients: list[float] = []
    weights = 0
    for step in product.instructions:
        channels, left = product.irreps_in1[step.i_in1]
        right, out = product.irreps_in2[step.i_in2].ir, product.irreps_out[step.i_out].ir
        coefficient = wigner_3j(left.l, right.l, out.l).numpy() * step.path_weight
        nonzero = np.argwhere(np.abs(coefficient) > 1e-9)
        first = len(coefficients)
        components.extend(nonzero.tolist())
        coefficients.extend(coefficient[tuple(nonzero.T)].tolist())
        begins = [starts[0][step.i_in1], starts[1][step.i_in2], starts[2][step.i_out], weights]
        paths.append([*begins, channels, left.dim, out.dim, first, len(coefficients)])
        weights += channels
    return np.array(paths), (np.array(components), np.array(coefficients, dtype=np.float32))


class _Messages(torch.autograd.Function):
    """The kernels, as one operation that can be differentiated once."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        harmonics: torch.Tensor,
        weight: torch.Tensor,
        source: torch.Tensor,
        target: torch.Tensor,
        paths: np.ndarray,
        terms: tuple[np.ndarray, np.ndarray],
        width: int,
    ) -> torch.Tensor:
        tensors = (x, harmonics, weight, source, target)
        ctx.save_for_backward(*tensors)
        ctx.plan = (paths, *terms)
        out = np.zeros((len(x), width), dtype=np.float32)
        _forward(*(tensor.detach().contiguous().numpy() for tensor in tensors), *ctx.plan, out)
        return torch.from_numpy(out)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        arrays = [tensor.detach().contiguous().numpy() for tensor in ctx.saved_tensors]
        grads = [np.zeros_like(array) for array in arrays[:3]]
        _backward(*arrays, *ctx.plan, grad.contiguous().numpy(), *grads)
        return (*(torch.from_numpy(array) for array in grads), None, None, None, None, None)


# Sums may be reordered, so that they run in the processor's vector units; the order is the same in every call.
_compiled = njit(cache=True, fastmath={"reassoc", "contract"}, error_model="numpy")


@_compiled
def _coefficients(matrix, harmonics, begin, components, coefficients, first, last):  # type: ignore[no-untyped-def]
    """Contract the coefficients of a path with the harmonics of an edge: (component in, component out)."""
    matrix[:] = 0
    for term in range(first, last):
        left, right, out = components[term]
        matrix[left, out] += coefficients[term] * harmonics[begin + right]


@_compiled
def _forward(  # type: ignore[no-untyped-def]
    x, harmonics, weight, source, target, paths, components, coefficients, out
):
    matrix = np.zeros((16, 16), dtype=np.float32)
    product = np.zeros(paths[:, 4].max(), dtype=np.float32)
    for edge in range(len(source)):
        features, result, scale = x[source[edge]], out[target[edge]], weight[edge]
        for path in range(len(paths)):
            at_x, at_harmonics, at_out, at_weight, channels, left, right, first, last = paths[path]
            _coefficients(matrix, harmonics[edge], at_harmonics, components, coefficients, first, last)
            for m_out in range(right):
                product[:channels] = 0
                for m_in in range(left):
                    factor = matrix[m_in, m_out]
                    row = features[at_x + m_in * channels : at_x + (m_in + 1) * channels]
                    for u in range(channels):
                        product[u] += factor * row[u]
                sum_row = result[at_out + m_out * channels : at_out + (m_out + 1) * channels]
                scale_row = scale[at_weight : at_weight + channels]
                for u in range(channels):
                    sum_row[u] += scale_row[u] * product[u]


@_compiled
def _backward(  # type: ignore[no-untyped-def]
    x, harmonics, weight, source, target, paths, components, coefficients, grad, grad_x, grad_harmonics, grad_weight
):
    most = paths[:, 4].max()
    matrix = np.zeros((16, 16), dtype=np.float32)
    grad_matrix = np.zeros((16, 16), dtype=np.float32)
    product = np.zeros(most, dtype=np.float32)
    scaled = np.zeros(most, dtype=np.float32)
    for edge in range(len(source)):
        features, grad_features = x[source[edge]], grad_x[source[edge]]
        grad_out = grad[target[edge]]
        for path in range(len(paths)):
            at_x, at_harmonics, at_out, at_weight, channels, left, right, first, last = paths[path]
            _coefficients(matrix, harmonics[edge], at_harmonics, components, coefficients, first, last)
            scale_row = weight[edge, at_weight : at_weight + channels]
            grad_scale = grad_weight[edge, at_weight : at_weight + channels]
            for m_out in range(right):
                grad_row = grad_out[at_out + m_out * channels : at_out + (m_out + 1) * channels]
                for u in range(channels):
                    scaled[u] = scale_row[u] * grad_row[u]
                    product[u] = 0
                for m_in in range(left):
                    factor = matrix[m_in, m_out]
                    row = features[at_x + m_in * channels : at_x + (m_in + 1) * channels]
                    grad_in = grad_features[at_x + m_in * channels : at_x + (m_in + 1) * channels]
                    total = np.float32(0)
                    for u in range(channels):
                        product[u] += factor * row[u]
                        grad_in[u] += factor * scaled[u]
                        total += row[u] * scaled[u]
                    grad_matrix[m_in, m_out] = total
                for u in range(channels):
                    grad_scale[u] += grad_row[u] * product[u]
            for term in range(first, last):
                m_in, m_harmonics, m_out = components[term]
                grad_harmonics[edge, at_harmonics + m_harmonics] += coefficients[term] * grad_matrix[m_in, m_out]
