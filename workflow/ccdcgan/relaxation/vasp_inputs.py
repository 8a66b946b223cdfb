"""What VASP is asked: POSCAR, INCAR, KPOINTS and POTCAR of one relaxation."""

from __future__ import annotations

import numpy as np
from pymatgen.core import Structure
from pymatgen.io.vasp.inputs import Kpoints, VaspInput
from pymatgen.io.vasp.sets import MPRelaxSet

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.relaxation import Relaxation, Vasp

__all__ = ["own_section", "vasp_inputs"]


def own_section(settings: Relaxation) -> Vasp:
    """Section ``relaxation.vasp`` of the config.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if settings.vasp is None:
        raise ConfigError("config key 'relaxation.vasp': found None, expected the settings of engine 'vasp'.")
    return settings.vasp


def vasp_inputs(structure: Structure, settings: Relaxation) -> VaspInput:
    """Build POSCAR, INCAR, KPOINTS and POTCAR of the relaxation of cell and positions.

    Those of the Materials Project's relaxations, with the paper's cutoff and density of k-points; without Hubbard's U,
    and smeared alike in metals and insulators, so that all energies are of one scale.

    Parameters
    ----------
    structure
        With atoms of one element standing together; POSCAR holds its Niggli cell, with the atoms in the same order.
    settings
        Section ``relaxation`` of the config, with its ``vasp``.
    """
    vasp = own_section(settings)
    structure = structure.get_reduced_structure("niggli")
    if np.linalg.det(structure.lattice.matrix) < 0:  # VASP takes right-handed cells only
        structure = Structure(-structure.lattice.matrix, structure.species, -structure.frac_coords)
    return MPRelaxSet(
        structure,
        user_incar_settings={
            "ENCUT": vasp.encut,
            "ISIF": 3,
            "NSW": settings.max_steps,
            "EDIFFG": -settings.fmax,
            "ISMEAR": 0,
            "SIGMA": 0.05,
            "LDAU": False,
            "LCHARG": False,
        },
        user_kpoints_settings=Kpoints.automatic_density_by_lengths(
            structure, [vasp.kpoint_length] * 3, force_gamma=True
        ),
        user_potcar_functional=vasp.potcars,
        sort_structure=False,
    ).get_input_set()
