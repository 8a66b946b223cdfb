"""A small run as the earlier stages leave it: random structures with a plausible hull."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from ase import Atoms

from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import write_structures
from ccdcgan.database.hull import energies_above_hull, phase_diagram
from ccdcgan.representation.crystal_graphs import CrystalGraphs, pack, write_graphs
from ccdcgan.representation.voxels.storage import voxelize

VOXELS = Voxels(sites_grid=16, sites_box=12.0, sites_sigma=0.8, lattice_grid=16, lattice_sigma=1.0)
DATABASE, CANDIDATES, GRAPHS = 40, 12, 9


@dataclass(frozen=True)
class Run:
    folder: Path
    system: list[str]

    @property
    def database(self) -> Path:
        return self.folder / "database.csv"

    @property
    def structures(self) -> Path:
        return self.folder / "database.extxyz"

    @property
    def graphs(self) -> Path:
        return self.folder / "graphs.h5"

    @property
    def voxels(self) -> Path:
        return self.folder / "voxels.h5"

    def hull(self, *variants: str) -> dict[str, Path]:
        return {name: self.folder / f"{name}.csv" for name in variants}

    def candidates(self, model: str) -> Path:
        return self.folder / f"{model}.extxyz"

    def generated(self, *models: str) -> dict[str, list[Path]]:
        return {name: [self.folder / f"{name}-{batch}.h5" for batch in (0, 1)] for name in models}


def write_run(folder: Path, system: Sequence[str]) -> Run:
    run = Run(folder, list(system))
    random = np.random.default_rng(0)

    def crystals(prefix: str, count: int) -> tuple[pd.DataFrame, list[Atoms]]:
        rows, structures = [], []
        for number in range(count):
            numbers = random.integers(1, 5, len(system))
            symbols = [symbol for symbol, n in zip(system, numbers, strict=True) for _ in range(n)]
            cell = [4, 5, 2 + len(symbols), *random.uniform(80, 100, 3)]
            atoms = Atoms(symbols, scaled_positions=random.random((len(symbols), 3)), cell=cell, pbc=True)
            atoms.info["id"] = f"{prefix}-{number:06d}"
            x = numbers[-1] / numbers.sum()
            energy = -1.2 * x * (1 - x) + random.gamma(2, 0.09)
            row = {"id": atoms.info["id"], "formula": atoms.get_chemical_formula(), "x": x, "formation_energy": energy}
            rows.append({**row, "n_atoms": len(atoms), "space_group": int(random.integers(1, 231))})
            structures.append(atoms)
        return pd.DataFrame(rows), structures

    table, structures = crystals("aflow.A3B2_hP5_164_ad_d-001", DATABASE)
    diagram = phase_diagram(list(table["formula"]), list(table["formation_energy"]), dict.fromkeys(system, 0.0))

    def above_hull(rows: pd.DataFrame) -> np.ndarray:
        return energies_above_hull(diagram, list(rows["formula"]), list(rows["formation_energy"]))

    table["energy_above_hull"] = above_hull(table)
    table.to_csv(run.database, index=False)
    write_structures(run.structures, structures)

    def graphs(count: int) -> np.ndarray:
        return pack(random.uniform(-1, 1, (count, 25)), random.uniform(-1, 1, (count, len(system), 200)))

    voxelize(structures, system, VOXELS, run.voxels)
    write_graphs(run.graphs, CrystalGraphs(list(table["id"]), graphs(DATABASE)))
    for model in ("dcgan", "ccdcgan"):
        rows, candidates = crystals(model, CANDIDATES)
        rows["energy_above_hull"] = above_hull(rows)
        rows["predicted_formation_energy"] = rows["formation_energy"] + random.normal(scale=0.1, size=CANDIDATES)
        rows["distinct"] = np.arange(CANDIDATES) % 2 == 0
        rows.to_csv(run.hull(model)[model], index=False)
        write_structures(run.candidates(model), candidates)
        if model == "dcgan":
            rows.iloc[::2].to_csv(run.hull("dcgan+constraint")["dcgan+constraint"], index=False)
        for batch, path in enumerate(run.generated(model)[model]):
            ids = [f"{model}-{batch}-{number}" for number in range(GRAPHS)]
            write_graphs(path, CrystalGraphs(ids, graphs(GRAPHS), random.normal(size=GRAPHS).astype("float32")))
    return run
