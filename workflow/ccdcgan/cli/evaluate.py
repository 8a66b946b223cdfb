"""The command ``ccdcgan evaluate``: any folder of structures, judged like the candidates of a run."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from ase import Atoms
from threadpoolctl import threadpool_limits

from ccdcgan.config.configuration import Config
from ccdcgan.config.errors import check_option
from ccdcgan.config.loading import load_config
from ccdcgan.config.project import DEFAULT_CONFIG
from ccdcgan.config.prototypes import Files
from ccdcgan.config.quantities import Seed, Threads
from ccdcgan.config.relaxation import Relaxation
from ccdcgan.config.values import FilePath, Text
from ccdcgan.crystals.matching import match_candidates
from ccdcgan.crystals.structures import Reason, Rejected, reject_table, write_structures
from ccdcgan.database.reading import Known, read_known
from ccdcgan.judging.hull import judge_candidates
from ccdcgan.judging.model_metrics import Coverage, label, measure, records
from ccdcgan.judging.structure_metrics import cover, is_valid, structure_table
from ccdcgan.prototypes.elements import elemental_phases
from ccdcgan.prototypes.entry import Entry
from ccdcgan.prototypes.readers.content import file_format
from ccdcgan.prototypes.sources.files import find_files, printable
from ccdcgan.prototypes.sources.registry import read_entries
from ccdcgan.relaxation import batch, registry
from ccdcgan.relaxation.checks import shortest_distance
from ccdcgan.relaxation.engine import Engine
from ccdcgan.runs.markdown import as_table
from ccdcgan.runs.provenance import code_digest, versions

__all__ = ["Given", "add_arguments", "read_files", "run"]

MAX_ATOMS = 1000
"""Of a structure that is read."""
LIMITS = {"max_size": 1000.0, "time_limit": 10.0}
"""Of a file, in MB, and of reading one structure, in seconds, where the config has no section prototypes.files."""
PLACE = ["file", "place", "remarks"]
"""Columns of the table of structures that say where each comes from, and what its reader remarks."""


@dataclass(frozen=True)
class Given:
    """What was found in the files of a user: every structure is among those read or those rejected."""

    structures: list[Atoms]
    """As they are given, with ids that follow from the names of the files."""
    rejected: pd.DataFrame
    """What could not be read (columns ``id, reason, detail``)."""
    places: pd.DataFrame
    """Where each of both comes from (index ``id``, columns `PLACE`)."""
    other: list[str]
    """Files that are no structure files by their names."""


def read_files(paths: Sequence[str], config: Config, cif_column: str = "cif") -> Given:
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

    Raises
    ------
    ValueError
        If a path matches nothing.
    """
    find_files(paths)  # so that one that matches nothing is named as it was given
    given = config.prototypes.files
    settings = Files(
        paths=[str(Path(path).expanduser().absolute()) for path in paths],
        cif_column=cif_column,
        merge_species=False,
        licence="",
        citation="",
        **({name: getattr(given, name) for name in LIMITS} if given else LIMITS),
    )
    section = config.prototypes.model_copy(update={"sources": ["files"], "max_atoms": MAX_ATOMS, "files": settings})
    other = {
        printable(path): name
        for name, path, problem in find_files(settings.paths)
        if problem is None and file_format(path.name) is None
    }
    structures, rejects, places = [], [], {}
    for entry in read_entries(section, config.system, config.seed):
        if entry.file in other:
            continue
        name = entry.origin.name.removeprefix("files.")
        places[name] = (entry.file, entry.place, "; ".join(entry.remarks))
        found = _atoms(entry, name, config.system)
        if isinstance(found, Rejected):
            rejects.append((name, found))
        else:
            structures.append(found)
    table = pd.DataFrame.from_dict(places, orient="index", columns=PLACE).replace("", None)
    return Given(structures, reject_table(rejects), table, sorted(other.values()))


def _atoms(entry: Entry, name: str, system: Sequence[str]) -> Atoms | Rejected:
    """The crystal of an entry, or why it cannot be judged."""
    cell = entry.cell
    if isinstance(cell, Rejected):
        return cell
    if foreign := [symbol for symbol in entry.elements or () if symbol not in system]:
        return Rejected(Reason.SPECIES, f"found {foreign[0]}, expected {' and '.join(system)} only")
    symbols = np.array(entry.elements)[cell.species]
    atoms = Atoms(symbols, cell=cell.lattice, scaled_positions=cell.positions, pbc=True)
    atoms.info = {"id": name}
    return atoms


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    formats = "CIF, POSCAR, extended XYZ, JSON, JSON lines, CSV, RES, XSF, GEN"
    parser.add_argument("paths", nargs="+", help=f"folders, patterns, files, zip and tar archives: {formats}")
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
    parser.add_argument("--seed", help="of bootstrapped intervals, in place of the config's")
    parser.add_argument("--threads", default="1", help="CPU threads of the relaxation (default: 1)")
    parser.add_argument("--cif-column", default="cif", help="column of a CSV that holds CIF text (default: cif)")


def run(options: argparse.Namespace) -> None:
    """Judge structures, and write what was found: one row for each structure, and the metrics of all.

    Files: ``structures.csv`` (columns of `structure_table`, then `PLACE`), ``metrics.csv``, ``metrics.json``; with a
    relaxation also ``relaxed.extxyz``, ``relaxation.csv`` and its journal, from which a second call with the same
    structures goes on.

    Raises
    ------
    ValueError
        If there is nothing to judge, or the database does not fit.
    """
    logging.basicConfig(format="%(message)s")
    logging.getLogger("ccdcgan").setLevel(logging.INFO)
    threads = check_option("--threads", options.threads, Threads)
    cif_column = check_option("--cif-column", options.cif_column, Text)
    for path in options.paths:
        check_option("paths", path, FilePath)
    config = load_config(DEFAULT_CONFIG, *options.config)
    if options.seed is not None:
        config = config.model_copy(update={"seed": check_option("--seed", options.seed, Seed)})
    output: Path = options.output
    if output.exists() and not output.is_dir():
        raise ValueError(f"--output {output}: found a file, expected a folder")
    for path in map(Path, options.paths):
        if path.is_dir() and output.resolve().is_relative_to(path.resolve()):
            raise ValueError(f"--output {output}: found it inside {path}, expected a folder outside what is judged")
    known = read_known(options.database, config)
    given = read_files(options.paths, config, cif_column)
    structures = given.structures
    if not len(given.places):
        raise ValueError(f"{' '.join(options.paths)}: found no structure, expected at least one")
    output.mkdir(parents=True, exist_ok=True)
    if options.relax:
        relaxed, relaxation = _relax(structures, known, config.relaxation.of_engine(), threads, output)
    else:
        relaxed = [atoms for atoms in structures if is_valid(shortest_distance(atoms), atoms.get_volume())]
        relaxation = None
    table, coverage = _judge(structures, given.rejected, relaxed, relaxation, known, config)
    table = table.join(given.places, on="id")
    metrics = measure(table, coverage, config.metrics, config.seed)
    table.to_csv(output / "structures.csv", index=False)
    metrics.to_csv(output / "metrics.csv", index=False)
    report = {
        "paths": list(options.paths),
        "database": str(options.database),
        "relaxed": bool(options.relax),
        "scale": known.references.scale if options.relax else None,
        "seed": config.seed,
        "not_read": given.other,
        "versions": versions(),
        "metrics": records(metrics),
    }
    (output / "metrics.json").write_text(json.dumps(report, indent=2) + "\n")
    print(_summary(table, metrics, given.other))


def _relax(
    structures: Sequence[Atoms], known: Known, settings: Relaxation, threads: int, output: Path
) -> tuple[list[Atoms], pd.DataFrame]:
    def load() -> Engine:
        loaded = registry.load_engine(settings, threads, output / "calculations")
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
    elements = elemental_phases(relaxed)
    matches = match_candidates(relaxed, known.structures, config.system, config.matching, elements)
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
