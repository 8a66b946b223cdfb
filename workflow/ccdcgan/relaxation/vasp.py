"""VASP: PBE relaxations under custodian, one folder for each calculation.

Every calculation keeps its inputs, its outputs and custodian's record of what was mended. One that was cut short goes
on from its last geometry.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from ase import Atoms
from custodian.custodian import Custodian, CustodianError, ErrorHandler
from custodian.vasp.handlers import (
    FrozenJobErrorHandler,
    LargeSigmaHandler,
    MeshSymmetryErrorHandler,
    NonConvergingErrorHandler,
    PositiveEnergyErrorHandler,
    PotimErrorHandler,
    StdErrHandler,
    UnconvergedErrorHandler,
    VaspErrorHandler,
)
from custodian.vasp.jobs import VaspJob
from custodian.vasp.validators import VaspFilesValidator, VasprunXMLValidator
from monty.shutil import compress_file
from pymatgen.core import SETTINGS
from pymatgen.io.vasp.inputs import PotcarSingle
from pymatgen.io.vasp.sets import MPRelaxSet

from ccdcgan.config.errors import ConfigError
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.crystals.structures import Reason, Rejected, to_pymatgen
from ccdcgan.relaxation.engine import Relaxed
from ccdcgan.relaxation.vasp_folder import finished, prepare, result
from ccdcgan.relaxation.vasp_inputs import own_section, vasp_inputs

__all__ = ["VaspEngine", "check_vasp"]

MAX_CORRECTIONS = 5
"""Times that custodian may mend one calculation and start it again."""
POLLING = 0.1
"""Seconds between two looks at whether VASP has ended."""
MONITORING = 30.0
"""Seconds between two looks at a running calculation's files, or less where the time limit is short."""
NOT_CONVERGED = {"Unconverged", "Non-converging job"}
"""What custodian's handlers call a calculation whose electrons or ions do not converge."""
PROCESS = "vasp.pid"
"""File with the process of a running calculation."""


def check_vasp(settings: Relaxation, elements: Sequence[str] = ()) -> None:
    """See that there is a command that runs VASP, and a POTCAR for every element.

    Parameters
    ----------
    settings
        Section ``relaxation`` of the config.
    elements
        Symbols; none: only the folder of POTCARs is looked for.

    Raises
    ------
    ConfigError
        One sentence that says what is missing, and how to set it.
    """
    vasp = own_section(settings)
    key = "config key 'relaxation.vasp.command'"
    program = shlex.split(vasp.command or "")[:1]
    if not program:
        raise ConfigError(
            f"{key}: found {vasp.command!r}, expected the command that runs VASP, "
            "such as 'mpirun -n {threads} vasp_std'."
        )
    if shutil.which(program[0]) is None:
        raise ConfigError(f"{key}: found {vasp.command!r}, expected a command on the PATH; {program[0]!r} is not.")
    folder = SETTINGS.get("PMG_VASP_PSP_DIR")
    how = (
        f"expected the {vasp.potcars} set in the folder that the environment variable PMG_VASP_PSP_DIR "
        "names, laid out as pymatgen's 'pmg config -p' does it"
    )
    if not folder or not Path(folder).is_dir():
        raise ConfigError(f"POTCARs: found PMG_VASP_PSP_DIR = {folder!r}, {how}.")
    for element in elements:
        symbol = MPRelaxSet.CONFIG["POTCAR"].get(element, element)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                PotcarSingle.from_symbol_and_functional(symbol, vasp.potcars)
        except (OSError, ValueError, KeyError, IndexError):
            raise ConfigError(f"POTCARs: found no readable POTCAR {symbol!r} for {element}, {how}.") from None


class _Job(VaspJob):
    """Leaves its process id in the folder, so that one that outlives a killed workflow can be found and ended."""

    _vasp_process = None

    def setup(self, directory: str = "./") -> None:
        """Leave the folder as it is: VaspJob would unpack every archive in it."""

    def run(self, directory: str = "./") -> Any:
        process = super().run(directory)
        Path(directory, PROCESS).write_text(f"{process.pid} {psutil.Process(process.pid).create_time()}")
        return process

    def end(self, directory: str) -> None:
        """See that nothing is left running, whatever has happened."""
        if self._vasp_process is not None and self._vasp_process.poll() is None:
            self.terminate(directory)
        Path(directory, PROCESS).unlink(missing_ok=True)


class _TimeLimit(ErrorHandler):
    """Ends a calculation, all corrections included, that takes longer than it may."""

    is_monitor = True

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.start = time.monotonic()

    def check(self, directory: str = "./") -> bool:
        return time.monotonic() - self.start > self.seconds

    def correct(self, directory: str = "./") -> dict[str, Any]:
        return {"errors": ["Time limit"], "actions": None}


class VaspEngine:
    """Relaxes one structure after the other with VASP.

    Parameters
    ----------
    settings
        Section ``relaxation`` of the config.
    threads
        Stands for ``{threads}`` in the command.
    folder
        Keeps the calculations, each in a subfolder of its structure's id.

    Raises
    ------
    ConfigError
        If there is no command, or no folder of POTCARs.
    """

    def __init__(self, settings: Relaxation, threads: int, folder: Path) -> None:
        vasp = own_section(settings)
        check_vasp(settings)
        self.settings = settings
        self.folder = folder
        self.command = shlex.split(str(vasp.command).replace("{threads}", str(threads)))
        self.scale = (
            f"PBE by VASP, ENCUT {vasp.encut:g} eV, k-points of {vasp.kpoint_length:g} angstrom, POTCARs {vasp.potcars}"
        )

    def relax(self, structures: Sequence[Atoms]) -> Iterator[tuple[str, Relaxed | Rejected]]:
        """See `Engine.relax`.

        Raises
        ------
        ConfigError
            Before anything is relaxed, if an element has no POTCAR.
        """
        check_vasp(self.settings, sorted({symbol for atoms in structures for symbol in atoms.symbols}))
        for atoms in structures:
            name = atoms.info["id"]
            try:
                yield name, self._relax(atoms, self.folder / name)
            except Rejected as error:
                yield name, error
            except Exception as error:
                yield name, Rejected(Reason.ENGINE_ERROR, f"{type(error).__name__}: {error}")

    def _relax(self, atoms: Atoms, folder: Path) -> Relaxed:
        if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
            raise Rejected(Reason.NOT_FINITE, "coordinates before relaxation")
        order = np.argsort(atoms.get_chemical_symbols(), kind="stable")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inputs = vasp_inputs(to_pymatgen(atoms[order]), self.settings)
        _end_leftover(folder)
        if not finished(folder, inputs):
            prepare(folder, inputs)
            try:
                self._run(folder)
            finally:
                if (folder / "OUTCAR").exists():
                    compress_file(folder / "OUTCAR")
        return result(folder, atoms, order)

    def _run(self, folder: Path) -> None:
        """Run VASP until it has converged or custodian gives up.

        Raises
        ------
        Rejected
            NOT_CONVERGED, TIME_LIMIT or ENGINE_ERROR, with what custodian says and has tried.
        """
        limit = self.settings.time_limit
        job = _Job(self.command, backup=False, auto_gamma=False)
        custodian = Custodian(
            [
                _TimeLimit(limit),
                VaspErrorHandler(),
                StdErrHandler(),
                MeshSymmetryErrorHandler(),
                UnconvergedErrorHandler(),
                NonConvergingErrorHandler(),
                PotimErrorHandler(),
                PositiveEnergyErrorHandler(),
                LargeSigmaHandler(),
                FrozenJobErrorHandler(),
            ],
            [job],
            validators=[VasprunXMLValidator(), VaspFilesValidator()],
            max_errors=MAX_CORRECTIONS,
            polling_time_step=POLLING,
            monitor_freq=max(1, round(min(MONITORING, limit / 10) / POLLING)),
            directory=str(folder),
        )
        try:
            custodian.run()
        except CustodianError as error:
            raise self._given_up(error, custodian, folder) from error
        finally:
            # An interrupt must not leave VASP behind: it runs in a session of its own.
            job.end(str(folder))

    def _given_up(self, error: CustodianError, custodian: Custodian, folder: Path) -> Rejected:
        tried = [name for entry in custodian.run_log[-1]["corrections"] for name in entry["errors"]]
        if "Time limit" in tried:
            return Rejected(Reason.TIME_LIMIT, f"over {self.settings.time_limit:g} s")
        culprit = getattr(error, "handler", None) or getattr(error, "validator", None)
        detail = f"custodian: {type(error).__name__}"
        if culprit is not None:
            detail += f" of {type(culprit).__name__}"
        if tried:
            detail += f" after {', '.join(tried)}"
        if words := _last_words(folder / "std_err.txt"):
            detail += f"; VASP: {words}"
        # The last word decides: what came before it has been mended.
        reason = Reason.NOT_CONVERGED if tried and tried[-1] in NOT_CONVERGED else Reason.ENGINE_ERROR
        return Rejected(reason, detail)


def _end_leftover(folder: Path) -> None:
    """End a calculation that outlived the killed workflow that had started it, before another writes beside it."""
    try:
        number, created = (folder / PROCESS).read_text().split()
        process = psutil.Process(int(number))
        if process.create_time() != float(created):
            return
        os.killpg(process.pid, signal.SIGKILL)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(POLLING)
    except (OSError, ValueError, psutil.Error):
        return


def _last_words(path: Path) -> str:
    """Last line of what a program has said, at most 200 characters."""
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")
