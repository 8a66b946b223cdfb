"""Crystals and settings that several test modules share."""

import json
import os

# Before anything loads a numerical library: tests run side by side, each on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ase import Atoms
from ase.spacegroup import crystal

from ccdcgan.config.configuration import Config
from ccdcgan.config.loading import load_config
from ccdcgan.crystals.structures import write_structures

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=20, help="how often the tests marked crash kill the workflow")


LONGEST = ("slurm", "reruns", "elsewhere", "further_trainings", "vasp", "end_to_end")
"""Files of tests/workflow that take minutes: first, so that two processes end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {ROOT / f"tests/workflow/test_{name}.py": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.fixture(scope="session")
def config() -> Config:
    return load_config(ROOT / "config/config.yaml")


@pytest.fixture
def known(tmp_path) -> Path:
    """The folder of a run whose database holds two crystals; its energies are of a scale called toy."""
    folder = tmp_path / "run"
    (folder / "database").mkdir(parents=True)
    structures = [bi2se3(), rocksalt(name="rs")]
    write_structures(folder / "database/structures.extxyz", structures)
    pd.DataFrame({"id": ["bi2se3", "rs"], "formula": ["Bi2Se3", "BiSe"], "energy_per_atom": [-4.05, -3.75]}).to_csv(
        folder / "database/table.csv", index=False
    )
    references = {"energies": {"Bi": -3.9, "Se": -3.5}, "ids": {}, "compared": {}, "scale": "toy"}
    (folder / "database/references.json").write_text(json.dumps(references | {"second_energies": None}))
    return folder


def bi2se3() -> Atoms:
    """Tetradymite Bi2Se3, 5 atoms (a 4.143, c 28.636 angstrom; Nakajima, J. Phys. Chem. Solids 24, 479, 1963)."""
    positions = [(0, 0, 0.4008), (0, 0, 0), (0, 0, 0.2117)]
    cell = [4.143, 4.143, 28.636, 90, 90, 120]
    atoms = crystal(["Bi", "Se", "Se"], positions, spacegroup=166, cellpar=cell, primitive_cell=True)
    atoms.info = {"id": "bi2se3"}
    return atoms


def rocksalt(a: float = 5.9, name: str = "rocksalt") -> Atoms:
    """BiSe in the rocksalt structure, 2 atoms."""
    cell = [a, a, a, 90, 90, 90]
    atoms = crystal(["Bi", "Se"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=225, cellpar=cell, primitive_cell=True)
    atoms.info = {"id": name}
    return atoms


def caesium_chloride(a: float = 3.7, name: str = "cscl") -> Atoms:
    """BiSe in the caesium chloride structure, 2 atoms."""
    atoms = crystal(["Bi", "Se"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=221, cellpar=[a, a, a, 90, 90, 90])
    atoms.info = {"id": name}
    return atoms


def rattled(atoms: Atoms, name: str, size: float = 0.02, seed: int = 0) -> Atoms:
    """A copy with another id and displaced atoms."""
    copy = atoms.copy()
    copy.positions += np.random.default_rng(seed).normal(scale=size, size=copy.positions.shape)
    copy.info = {"id": name}
    return copy
