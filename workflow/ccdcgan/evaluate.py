"""The command ``ccdcgan evaluate``: any folder of structures, judged like the candidates of a run."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from ase import Atoms
from threadpoolctl import threadpool_limits

from ccdcgan.config import Config, Files, Relaxation, load_config
from ccdcgan.database import find_references
from ccdcgan.evaluation import cover, is_valid, structure_table
from ccdcgan.hull import References, judge_candidates
from ccdcgan.markdown import as_table
from ccdcgan.matching import match_candidates
from ccdcgan.metrics import Coverage, label, measure, records
from ccdcgan.prebuilt import DESCRIPTION, FILES, check_prebuilt, packed, unpack
from ccdcgan.prototypes.files import find_files
from ccdcgan.prototypes.reading import file_format
from ccdcgan.prototypes.sources import read_entries
from ccdcgan.provenance import code_digest, versions
from ccdcgan.relaxation import batch, engine
from ccdcgan.relaxation.checks import shortest_distance
from ccdcgan.structures import Reason, Rejected, read_structures, read_table, reject_table, write_structures

__all__ = ["Known", "add_arguments", "read_files", "read_known", "run"]

DEFAULT = Path(__file__).parents[2] / "config/config.yaml"
"""The configuration that is always read first."""
MAX_ATOMS = 1000
"""Of a structure that is read."""
LIMITS = {"max_size": 1000.0, "time_limit": 10.0}
"""Of a file, in MB, and of reading one structure, in seconds, where the config has no section prototypes.files."""


@dataclass(frozen=True)
class Known:
    """The database that structures are compared with, and whose hull they are judged by."""

    structures: list[Atoms]
    """Relaxed, with ids."""
    table: pd.DataFrame
    """With columns ``formula`` and ``energy_per_atom`` (eV/atom)."""
    references: References
    """Of the elements."""


def read_known(folder: Path, config: Config) -> Known:
    """Read a database: that of a finished run, or a ready-made one.

    Parameters
    ----------
    folder
        ``results/<run>`` or ``resources/databases/<name>``.
    config
        Whose system and energy scale a ready-made one must have.

    Raises
    ------
    ConfigError
        If a ready-made one is of another system or on another energy scale.
    ValueError
        If the folder is neither, or the run is of another system.
    """
    if (folder / DESCRIPTION).is_file():
        section = config.database.model_copy(update={"prebuilt": str(folder)})
        check_prebuilt(config.model_copy(update={"database": section}))
        rows = read_table(folder / packed(FILES["table"]))
        references = find_references(read_table(folder / packed(FILES["references"])), config.system)
        structures = _read_packed(folder / packed(FILES["structures"]))
        return Known(structures, rows[rows["status"] == "relaxed"].reset_index(drop=True), references)
    files = [folder / "database" / name for name in ("structures.extxyz", "table.csv", "references.json")]
    if missing := [path for path in files if not path.is_file()]:
        raise ValueError(
            f"--database {folder}: found no {missing[0].relative_to(folder)}, expected the folder of a run whose "
            f"database is made, or a ready-made database with a {DESCRIPTION}"
        )
    references = References(**json.loads(files[2].read_text()))
    if set(references.energies) != set(config.system):
        found, expected = "-".join(references.energies), "-".join(config.system)
        raise ValueError(f"--database {folder}: found a database of {found}, expected {expected}")
    return Known(read_structures(files[0]), read_table(files[1]), references)


def _read_packed(archive: Path) -> list[Atoms]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILES["structures"]
        unpack(archive, path)
        return read_structures(path)


def read_files(
    paths: Sequence[str], config: Config, cif_column: str = "cif"
) -> tuple[list[Atoms], pd.DataFrame, list[str]]:
    """Read structure files as source ``files`` of the prototypes does.

    Parameters
    ----------
    paths
        Folders, patterns and files.
    config
        Its system bounds the elements; its section ``prototypes.files``, if there is one, the size of files and the
        time for one.
    cif_column
        Column of a CSV that holds CIF text.

    Returns
    -------
    list of Atoms
        As they are given, with ids that follow from the names of the files.
    DataFrame
        What could not be read (columns ``id, reason, detail``).
    list of str
        Files that are no structure files by their names.

    Raises
    ------
    ValueError
        If a path matches nothing.
    """
    given = config.prototypes.files
    settings = Files(
        paths=list(paths),
        cif_column=cif_column,
        merge_species=False,
        licence="",
        citation="",
        **({name: getattr(given, name) for name in LIMITS} if given else LIMITS),
    )
    section = config.prototypes.model_copy(update={"sources": ["files"], "max_atoms": MAX_ATOMS, "files": settings})
    other = {name for name, path, problem in find_files(paths) if problem is None and file_format(path.name) is None}
    structures, rejects = [], []
    for entry in read_entries(section, config.system, config.seed):
        if entry.origin.source_id in other:
            continue
        name = entry.origin.name.removeprefix("files.")
        cell = entry.cell
        foreign = [symbol for symbol in entry.elements or () if symbol not in config.system]
        if not isinstance(cell, Rejected) and foreign:
            cell = Rejected(Reason.SPECIES, f"found {foreign[0]}, expected {' and '.join(config.system)} only")
        if isinstance(cell, Rejected):
            rejects.append((name, cell))
            continue
        symbols = np.array(entry.elements)[cell.species]
        atoms = Atoms(symbols, cell=cell.lattice, scaled_positions=cell.positions, pbc=True)
        atoms.info = {"id": name}
        structures.append(atoms)
    return structures, reject_table(rejects), sorted(other)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("paths", nargs="+", help="folders, patterns or files: CIF, POSCAR, extended XYZ, JSON, CSV")
    parser.add_argument("--database", type=Path, required=True, help="results/<run>, or resources/databases/<name>")
    parser.add_argument("--output", type=Path, required=True, help="folder to write; a relaxation goes on from there")
    parser.add_argument(
        "--config", type=Path, nargs="+", default=[], help="configuration files that override the default, in order"
    )
    parser.add_argument(
        "--relax",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="relax with the config's engine; without, there are no energies (default: relax)",
    )
    parser.add_argument("--seed", type=int, help="of bootstrapped intervals, in place of the config's")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of the relaxation (default: 1)")
    parser.add_argument("--cif-column", default="cif", help="column of a CSV that holds CIF text (default: cif)")


def run(options: argparse.Namespace) -> None:
    """Judge structures, and write what was found: one row for each structure, and the metrics of all.

    Files: ``structures.csv`` (columns `COLUMNS`), ``metrics.csv``, ``metrics.json``; with a relaxation also
    ``relaxed.extxyz``, ``relaxation.csv`` and its journal, from which a second call with the same structures goes on.

    Raises
    ------
    ValueError
        If there is nothing to judge, or the database does not fit.
    """
    logging.basicConfig(format="%(message)s")
    logging.getLogger("ccdcgan").setLevel(logging.INFO)
    config = load_config(DEFAULT, *options.config)
    if options.seed is not None:
        config = config.model_copy(update={"seed": options.seed})
    output: Path = options.output
    for path in map(Path, options.paths):
        if path.is_dir() and output.resolve().is_relative_to(path.resolve()):
            raise ValueError(f"--output {output}: found it inside {path}, expected a folder outside what is judged")
    known = read_known(options.database, config)
    structures, rejected, other = read_files(options.paths, config, options.cif_column)
    if not len(structures) + len(rejected):
        raise ValueError(f"{' '.join(options.paths)}: found no structure, expected at least one")
    output.mkdir(parents=True, exist_ok=True)
    if options.relax:
        relaxed, relaxation = _relax(structures, known, config.relaxation.of_engine(), options.threads, output)
    else:
        relaxed = [atoms for atoms in structures if is_valid(shortest_distance(atoms), atoms.get_volume())]
        relaxation = None
    table, coverage = _judge(structures, rejected, relaxed, relaxation, known, config)
    metrics = measure(table, coverage, config.metrics, config.seed)
    table.to_csv(output / "structures.csv", index=False)
    metrics.to_csv(output / "metrics.csv", index=False)
    report = {
        "paths": list(options.paths),
        "database": str(options.database),
        "relaxed": bool(options.relax),
        "scale": known.references.scale if options.relax else None,
        "seed": config.seed,
        "not_read": other,
        "versions": versions(),
        "metrics": records(metrics),
    }
    (output / "metrics.json").write_text(json.dumps(report, indent=2) + "\n")
    print(_summary(table, metrics, other))


def _relax(
    structures: Sequence[Atoms], known: Known, settings: Relaxation, threads: int, output: Path
) -> tuple[list[Atoms], pd.DataFrame]:
    def load() -> engine.Engine:
        loaded = engine.load_engine(settings, threads, output / "calculations")
        if loaded.scale != known.references.scale:
            raise ValueError(
                f"--database: found energies on the scale {known.references.scale!r}, expected {loaded.scale!r}, "
                "that of relaxation.engine in --config"
            )
        return loaded

    code = code_digest(Path(batch.__file__))
    # Not only PyTorch's own threads: those of NumPy's libraries wait for work by spinning.
    with threadpool_limits(threads):
        relaxed, table = batch.relax_batch(structures, load, settings, output / "relaxation.journal", code)
    write_structures(output / "relaxed.extxyz", relaxed)
    table.to_csv(output / "relaxation.csv", index=False)
    return relaxed, table


def _judge(
    structures: Sequence[Atoms],
    rejected: pd.DataFrame,
    relaxed: Sequence[Atoms],
    relaxation: pd.DataFrame | None,
    known: Known,
    config: Config,
) -> tuple[pd.DataFrame, Coverage]:
    matches = match_candidates(relaxed, known.structures, config.system, config.matching)
    judged = matches
    if relaxation is not None:
        for atoms in relaxed:
            atoms.info["predicted_formation_energy"] = np.nan
        judged = judge_candidates(
            relaxed, relaxation, matches, known.table, known.references, config.system, config.hull
        )
    covered, coverage = cover(relaxed, known.structures, config.system)
    table = structure_table(structures, rejected, (), relaxation, relaxed, judged, covered, config.matching)
    return table, coverage


def _summary(table: pd.DataFrame, metrics: pd.DataFrame, other: Sequence[str]) -> str:
    """What a person reads at the end."""
    rows = [
        {
            "": label(row["metric"]),
            "k / n": f"{row['k']:.0f} / {row['n']:.0f}" if row["of"] else f"{row['n']:.0f}",
            "value": row["value"],
            "95% interval": "" if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}",
            "of": row["of"],
        }
        for row in metrics.to_dict("records")
    ]
    parts = [as_table(pd.DataFrame(rows))]
    reasons = table["reason"].dropna().value_counts()
    if len(reasons):
        parts.append("Rejected: " + ", ".join(f"{count} {reason}" for reason, count in reasons.items()) + ".")
    if other:
        parts.append(f"Not read, as their names are no structure files': {', '.join(other[:5])} ({len(other)} in all).")
    return "\n\n".join(parts)
