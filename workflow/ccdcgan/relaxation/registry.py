"""The engines by their names in the config."""

from __future__ import annotations

from pathlib import Path

from ccdcgan.config.relaxation import Relaxation
from ccdcgan.relaxation.engine import Engine

__all__ = ["load_engine"]


def load_engine(settings: Relaxation, threads: int, folder: Path) -> Engine:
    """Build the engine that the config names.

    Parameters
    ----------
    settings
        Section ``relaxation`` of the config.
    threads
        CPU threads it may use.
    folder
        Where an engine that runs a program keeps the files of each calculation, in a subfolder of the structure's id.

    Raises
    ------
    ValueError
        If the settings name a model that there is not, or the engine is not installed.
    """
    # Imported only when chosen: each engine pulls its own heavy dependencies.
    match settings.engine:
        case "sevennet" | "chgnet":
            from ccdcgan.relaxation.potentials import PotentialEngine

            return PotentialEngine(settings, threads)
        case "gpaw":
            from ccdcgan.relaxation.gpaw import GPAWEngine

            return GPAWEngine(settings, folder)
        case "vasp":
            from ccdcgan.relaxation.vasp import VaspEngine

            return VaspEngine(settings, threads, folder)
