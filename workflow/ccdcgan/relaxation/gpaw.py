"""GPAW: PBE from PyPI alone, for a handful of structures (Mortensen et al., J. Chem. Phys. 160, 092503, 2024).

Every cell is symmetrised and Niggli-reduced first, and GPAW is given the symmetry operations to use. Left to find them
itself it takes those as well that mix axes of different lengths, and then a grid as fine along the short axes as along
the long one, which multiplies the time of a layered cell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import spglib
from ase import Atoms
from ase.build import niggli_reduce
from ase.constraints import FixSymmetry
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from ase.spacegroup.symmetrize import refine_symmetry

from ccdcgan.config.relaxation import Gpaw, Relaxation
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.relaxation.checks import check, shortest_distance
from ccdcgan.relaxation.engine import Relaxed

__all__ = ["INSTALL", "GPAWEngine", "kpoints", "primitive_cell", "symmetry"]

INSTALL = "CC=g++ .venv/bin/python -m pip install -e '.[dft]'"
"""Installs GPAW and its setups: a C++ compiler is all that it needs, but left alone it calls the C compiler."""
SYMPREC = 0.02
"""Tolerance of the symmetrisation, in angstrom: what it moves costs at most a few meV/atom."""
EXACT = 1e-5
"""Tolerance of the symmetry of a symmetrised cell, in angstrom; GPAW's own."""
OVERLAP = 0.5
"""Distance in angstrom under which two atoms are one: no calculation is started."""


class GPAWEngine:
    """PBE single points at the given geometry or, on request, relaxations of cell and positions.

    Energies are extrapolated to zero smearing. The log of each calculation is ``<folder>/<id>/gpaw.txt``.

    Parameters
    ----------
    settings
        Section ``relaxation`` of the config.
    folder
        For the logs.

    Raises
    ------
    ValueError
        If GPAW is not installed, or its settings are missing.
    """

    def __init__(self, settings: Relaxation, folder: Path) -> None:
        if find_spec("gpaw") is None:
            raise ValueError(
                f"config key 'relaxation.engine': found gpaw, which is not installed, expected it after: {INSTALL}"
            )
        import gpaw

        if settings.gpaw is None:
            raise ValueError("config key 'relaxation.gpaw': found None, expected the settings of engine 'gpaw'")
        self.settings = settings
        self.folder = folder
        self.own = own = settings.gpaw
        self.scale = (
            f"PBE by GPAW {gpaw.__version__}, cutoff {own.cutoff:g} eV, k-points {own.kpoint_length:g} angstrom, "
            f"smearing {own.smearing:g} eV"
        )

    def relax(self, structures: Sequence[Atoms]) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """See `Engine.relax`; a single point hands back the given geometry, and the largest force at it."""
        for atoms in structures:
            yield atoms.info["id"], self._outcome(atoms)

    def _outcome(self, atoms: Atoms) -> Relaxed | Rejected:
        from gpaw import KohnShamConvergenceError

        start = time.monotonic()

        def keep_time(*_: Any) -> None:
            if time.monotonic() - start > self.settings.time_limit:
                raise Rejected(Reason.TIME_LIMIT, f"over {self.settings.time_limit:g} s")

        try:
            _refuse_nonsense(atoms)
            log = self.folder / atoms.info["id"] / "gpaw.txt"
            log.parent.mkdir(parents=True, exist_ok=True)
            return (self._relaxed if self.own.relax else self._single_point)(atoms, log, keep_time)
        except Rejected as error:
            return error
        except KohnShamConvergenceError as error:
            return Rejected(Reason.NOT_CONVERGED, f"electrons: {error or 'too many iterations'}")
        except Exception as error:
            return Rejected(Reason.ENGINE_ERROR, f"{type(error).__name__}: {error}")

    def _single_point(self, atoms: Atoms, log: Path, keep_time: Callable[..., None]) -> Relaxed:
        # The geometry is final: nothing that would be rejected afterwards is worth a calculation.
        check(Relaxed(atoms, energy=0.0, steps=0, fmax=0.0), self.settings)
        cell = primitive_cell(atoms)
        cell.calc = _calculator(cell, self.own, log, keep_time)
        energy = cell.get_potential_energy() * len(atoms) / len(cell)
        return Relaxed(atoms.copy(), float(energy), steps=0, fmax=_largest_force(FrechetCellFilter(cell)))

    def _relaxed(self, atoms: Atoms, log: Path, keep_time: Callable[..., None]) -> Relaxed:
        # Not the primitive cell: what comes out has the atoms of what went in, in their order.
        final = atoms.copy()
        refine_symmetry(final, symprec=SYMPREC)
        niggli_reduce(final)
        final.set_constraint(FixSymmetry(final, symprec=SYMPREC))
        final.calc = _calculator(final, self.own, log, keep_time)
        cell_and_positions = FrechetCellFilter(final)
        with BFGS(cell_and_positions, logfile=str(log.with_name("relaxation.txt"))) as optimizer:
            converged = optimizer.run(fmax=self.settings.fmax, steps=self.settings.max_steps)
            steps = optimizer.nsteps
        energy, fmax = float(final.get_potential_energy()), _largest_force(cell_and_positions)
        if not converged:
            raise Rejected(Reason.NOT_CONVERGED, f"force {fmax:.3f} eV/angstrom after {steps} steps")
        final.calc = None
        final.set_constraint()
        return Relaxed(final, energy, steps, fmax)


def primitive_cell(atoms: Atoms) -> Atoms:
    """The primitive cell, refined to its symmetry within `SYMPREC` and Niggli-reduced."""
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    standard = spglib.standardize_cell(cell, to_primitive=True, symprec=SYMPREC)
    if standard is None:
        raise Rejected(Reason.ENGINE_ERROR, "spglib finds no primitive cell")
    lattice, positions, numbers = standard
    primitive = Atoms(numbers, cell=lattice, scaled_positions=positions, pbc=True)
    niggli_reduce(primitive)
    return primitive


def kpoints(atoms: Atoms, length: float) -> tuple[int, int, int]:
    """Gamma-centred k-points along each axis: ``length`` over the axis's own, in angstrom, rounded up."""
    first, second, third = (ceil(length / edge) for edge in atoms.cell.lengths())
    return first, second, third


def symmetry(atoms: Atoms) -> dict[str, np.ndarray]:
    """Symmetry operations that mix no axes of different lengths, as GPAW takes them (r R + t -> r, r a row)."""
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    operations = spglib.get_symmetry(cell, symprec=EXACT)
    lengths = atoms.cell.lengths()
    different = np.abs(lengths[:, None] - lengths) > EXACT
    kept = ~operations["rotations"][:, different].any(axis=1)
    rotations = np.ascontiguousarray(operations["rotations"][kept].transpose(0, 2, 1), dtype=int)
    return {"rotations": rotations, "translations": operations["translations"][kept]}


def _calculator(atoms: Atoms, own: Gpaw, log: Path, each_iteration: Callable[..., None]) -> Any:
    from gpaw import GPAW, PW, FermiDirac

    calculator = GPAW(
        mode=PW(own.cutoff),
        xc="PBE",
        kpts={"size": kpoints(atoms, own.kpoint_length), "gamma": True},
        occupations=FermiDirac(own.smearing),
        symmetry=symmetry(atoms),
        txt=str(log),
    )
    calculator.hooks["scf_step"] = each_iteration
    return calculator


def _largest_force(cell_and_positions: FrechetCellFilter) -> float:
    return float(np.linalg.norm(cell_and_positions.get_forces(), axis=1).max())


def _refuse_nonsense(atoms: Atoms) -> None:
    if not np.isfinite([*atoms.positions.ravel(), *atoms.cell.array.ravel()]).all():
        raise Rejected(Reason.NOT_FINITE, "coordinate before the calculation")
    shortest = shortest_distance(atoms)
    if shortest < OVERLAP:
        raise Rejected(Reason.TOO_CLOSE, f"{shortest:.3f} angstrom, allowed from {OVERLAP:g}")
