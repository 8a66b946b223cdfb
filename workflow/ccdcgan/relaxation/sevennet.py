"""SevenNet: potentials whose weights ship in the wheel (Park et al., J. Chem. Theory Comput. 20, 4857, 2024; MIT).

Trained on uncorrected PBE energies of the Materials Project's relaxations, so that formation energies need no
correction scheme (CHGNet's do).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from ase import Atoms

from ccdcgan.relaxation.lockstep import Evaluation
from ccdcgan.relaxation.sevennet_convolution import fuse_convolutions

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sevenn._keys as key
    from sevenn.atom_graph_data import AtomGraphData
    from sevenn.train.dataload import unlabeled_atoms_to_graph
    from sevenn.util import load_checkpoint
    from torch_geometric.data import Batch

__all__ = ["SevenNetPotential"]


class SevenNetPotential:
    """One SevenNet potential, called for many structures at once.

    Parameters
    ----------
    name
        ``7net-0``, ``7net-l3i5``, or a checkpoint file.

    Raises
    ------
    ValueError
        If there are no weights of that name.
    """

    scale = "PBE"

    def __init__(self, name: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            checkpoint = load_checkpoint(name)
            self.model = checkpoint.build_model()
        self.cutoff: float = checkpoint.config[key.CUTOFF]
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self.device.type == "cpu":
            fuse_convolutions(self.model)
        self.model.to(self.device).eval().requires_grad_(False)
        self.model.set_is_batch_data(True)

    def __call__(self, structures: Sequence[Atoms]) -> list[Evaluation]:
        """Energy, forces and stress of each structure, in order."""
        graphs = [
            AtomGraphData.from_numpy_dict(unlabeled_atoms_to_graph(atoms, self.cutoff, with_shift=False))
            for atoms in structures
        ]
        output = self.model(Batch.from_data_list(graphs).to(self.device))
        energies = output[key.PRED_TOTAL_ENERGY].detach().cpu().numpy().astype(float).reshape(-1)
        forces = output[key.PRED_FORCE].detach().cpu().numpy().astype(float)
        # The model's order is xx, yy, zz, xy, yz, zx with compression positive.
        stresses = -output[key.PRED_STRESS].detach().cpu().numpy().astype(float).reshape(-1, 6)[:, [0, 1, 2, 4, 5, 3]]
        ends = np.cumsum([len(atoms) for atoms in structures])
        return [
            Evaluation(float(energy), force, stress)
            for energy, force, stress in zip(energies, np.split(forces, ends[:-1]), stresses, strict=True)
        ]
