"""The folder of one calculation: prepared, gone on with where it was cut short, and read when VASP has ended."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from pathlib import Path

import numpy as np
from ase import Atoms, units
from custodian.utils import backup
from custodian.vasp.handlers import VASP_BACKUP_FILES
from custodian.vasp.utils import is_valid_poscar
from pymatgen.io.vasp.inputs import Poscar, VaspInput
from pymatgen.io.vasp.outputs import Vasprun

from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.relaxation.engine import Relaxed

__all__ = ["finished", "prepare", "result"]

DIGEST = "inputs.sha256"
"""File with the digest of the inputs that a folder began with: only the same calculation goes on in it."""


def _digest(inputs: VaspInput) -> str:
    return hashlib.sha256(str(inputs).encode()).hexdigest()


def _same(folder: Path, inputs: VaspInput) -> bool:
    """Whether a folder holds this very calculation."""
    path = folder / DIGEST
    return path.exists() and path.read_text() == _digest(inputs)


def finished(folder: Path, inputs: VaspInput) -> bool:
    """Whether this very calculation has come to a good end, so that only its result is to be read."""
    if not _same(folder, inputs) or not (folder / "OUTCAR.gz").exists() or (folder / "OUTCAR").exists():
        return False
    try:
        return bool(_vasprun(folder).converged)
    except Exception:  # pymatgen raises whatever it stumbles over
        return False


def prepare(folder: Path, inputs: VaspInput) -> None:
    """Write the inputs; where this very calculation was cut short, its last geometry is the new POSCAR."""
    digest = _digest(inputs)
    if _same(folder, inputs):
        # VASP empties CONTCAR when it starts; the last geometry is then that of POSCAR.
        reached = next((name for name in ("CONTCAR", "POSCAR") if is_valid_poscar(name, str(folder))), None)
        if reached:
            inputs["POSCAR"] = Poscar(Poscar.from_file(folder / reached).structure)
        backup(VASP_BACKUP_FILES | {"OUTCAR.gz"}, prefix="cut", directory=str(folder))
        # Nothing of before must be taken for a result; CONTCAR stays until VASP has taken over its geometry.
        for name in ("OUTCAR", "OUTCAR.gz", "OSZICAR", "vasprun.xml"):
            (folder / name).unlink(missing_ok=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    inputs.write_input(folder)
    (folder / DIGEST).write_text(digest)


def _vasprun(folder: Path) -> Vasprun:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Vasprun(folder / "vasprun.xml", parse_dos=False, parse_eigen=False, parse_potcar_file=False)


def result(folder: Path, atoms: Atoms, order: np.ndarray) -> Relaxed:
    """Read the end of a calculation, with atoms in the order of the input.

    Raises
    ------
    Rejected
        NOT_CONVERGED, if electrons or ions have not.
    """
    run = _vasprun(folder)
    last = run.ionic_steps[-1]
    if not run.converged_electronic:
        raise Rejected(Reason.NOT_CONVERGED, f"electrons after {len(last['electronic_steps'])} steps")
    # Of a single step pymatgen would say that it has converged.
    if not run.converged_ionic or len(run.ionic_steps) >= run.parameters["NSW"]:
        raise Rejected(Reason.NOT_CONVERGED, f"ions after {len(run.ionic_steps)} steps")
    structure = run.final_structure
    positions = structure.cart_coords[np.argsort(order)]
    final = Atoms(atoms.symbols, positions=positions, cell=structure.lattice.matrix, pbc=True)
    final.info = dict(atoms.info)
    # Of the cell: the virial for each atom, as in ASE's cell filters.
    virial = np.array(last["stress"]) * 0.1 * units.GPa * structure.volume / len(atoms)
    fmax = np.linalg.norm(np.vstack([last["forces"], virial]), axis=1).max()
    return Relaxed(final, float(run.final_energy), steps=len(run.ionic_steps), fmax=float(fmax))
