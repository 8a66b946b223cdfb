"""CHGNet: a potential whose weights ship in the wheel (Deng et al., Nat. Mach. Intell. 5, 1031, 2023).

Fast, but trained on the Materials Project's corrected energies: every Se atom in a compound counts -0.472 eV more than
in the element, so that formation energies and hulls of selenides come out too deep.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms, units
from ase.stress import full_3x3_to_voigt_6_stress
from chgnet.model import CHGNet

from ccdcgan.crystals.structures import to_pymatgen
from ccdcgan.relaxation.lockstep import Evaluation

__all__ = ["CHGNetPotential"]


class CHGNetPotential:
    """One CHGNet potential, called for many structures at once.

    Parameters
    ----------
    name
        ``chgnet-`` and the name of the weights, as in ``chgnet-0.3.0``.

    Raises
    ------
    ValueError
        If there are no weights of that name.
    """

    scale = "PBE with the corrections of MP2020"

    def __init__(self, name: str) -> None:
        self.model = CHGNet.load(model_name=name.removeprefix("chgnet-"), verbose=False)

    def __call__(self, structures: Sequence[Atoms]) -> list[Evaluation]:
        """Energy, forces and stress of each structure, in order."""
        crystals = [to_pymatgen(atoms) for atoms in structures]
        results = self.model.predict_structure(crystals, task="efs", batch_size=len(crystals))
        return [
            Evaluation(
                float(result["e"]) * len(atoms),
                np.asarray(result["f"], dtype=float),
                full_3x3_to_voigt_6_stress(np.asarray(result["s"], dtype=float)) * units.GPa,
            )
            for atoms, result in zip(structures, [results] if len(crystals) == 1 else results, strict=True)
        ]
