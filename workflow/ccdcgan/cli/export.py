"""A finished run as one archive that says what made it: the command ``ccdcgan export``.

The archive is an RO-Crate of the profile Workflow Run Crate 0.5 [1]_: the workflow as the instrument of one action,
configuration and small facts as what it was given, every artifact of the manifest as its result, with its checksum.

References
----------
.. [1] S. Leo et al., "Recording provenance of workflow runs with RO-Crate", PLoS ONE 19, e0309210 (2024).
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from rocrate.model import ContextEntity, Entity, File, Person
from rocrate.rocrate import ROCrate

from ccdcgan import __version__
from ccdcgan.cli.verify import read_manifest, verify
from ccdcgan.config.project import ROOT
from ccdcgan.runs.provenance import commit

__all__ = ["add_arguments", "export", "run"]

MAIN = "Snakefile"
"""What runs the workflow."""
PARTS = (
    *("workflow", "config", "profiles", "envs", "resources/known_phases", "resources/published.json"),
    *("pyproject.toml", "requirements.lock", "requirements-torch.lock", "README.md", "CITATION.cff", "LICENSE"),
)
"""What else of the workflow is packed."""
NOT_PACKED = ("__pycache__", ".egg-info", ".sif")
"""Ends of names that are left out of it."""
UNPUBLISHABLE = re.compile(r"POTCAR(\..*)?$")
"""Names of files that VASP's licence forbids to hand on."""
MEDIA = {
    **{".csv": "text/csv", ".md": "text/markdown", ".rst": "text/x-rst"},
    **{".py": "text/x-python", ".smk": "text/x-python"},
    **{".html": "text/html", ".json": "application/json", ".yaml": "application/yaml", ".toml": "application/toml"},
    **{".png": "image/png", ".svg": "image/svg+xml", ".h5": "application/x-hdf5", ".keras": "application/zip"},
    **{".cif": "chemical/x-cif", ".extxyz": "chemical/x-xyz", ".gz": "application/gzip"},
}
"""Suffix -> media type."""
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate 0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate 0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate 1.0",
}
"""Address -> name of what the archive conforms to."""
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("run", type=Path, help="folder of a finished run: results/bi-se")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE.zip", help="archive to write")
    parser.add_argument(
        "--license", required=True, help="of the results: SPDX identifier (CC-BY-4.0) or address of the terms"
    )
    parser.add_argument("--author", action="append", default=[], help="name of who publishes; may be given again")


def run(options: argparse.Namespace) -> None:
    """Pack a run and say what was left out."""
    made_by = read_manifest(options.run)["commit"]
    if made_by != (here := commit()):
        print(f"{options.run}: made by commit {made_by}, packed with the workflow of {here}", file=sys.stderr)
    packed, left_out = export(options.run, options.to, options.license, options.author)
    print(f"{options.to}: {packed} files" + (f", without {left_out} POTCARs" if left_out else ""))


def export(folder: Path, target: Path, licence: str, authors: Sequence[str] = ()) -> tuple[int, int]:
    """Pack a finished run as an RO-Crate.

    Parameters
    ----------
    folder
        Of the run, ``results/<run>``.
    target
        Archive to write.
    licence
        Of the results: SPDX identifier, or address.
    authors
        Names.

    Returns
    -------
    packed, left_out : int
        Number of artifacts that are in the archive, and of those that may not be handed on.

    Raises
    ------
    ValueError
        If the archive is not called ``.zip``, the run has no manifest or differs from it.
    """
    if target.suffix != ".zip":
        raise ValueError(f"--to: found {target}, expected a name that ends in .zip")
    manifest = read_manifest(folder)
    if differences := verify(folder):
        raise ValueError(
            f"{folder}/{differences[0]} {len(differences) - 1} more differences; expected an unchanged run"
        )
    crate = _titled(manifest, licence, authors)
    workflow = _add_workflow(crate, manifest["commit"])
    with tempfile.TemporaryDirectory() as scratch:
        config = _add_config(crate, workflow, manifest, Path(scratch))
        results, left_out = _add_results(crate, folder, manifest)
        finished = datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime, UTC)
        versions = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
        properties = {
            "name": f"Run {manifest['run']}",
            "endTime": finished.isoformat(timespec="seconds"),
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "description": f"Versions: {versions}",
        }
        crate.root_dataset["mentions"] = crate.add_action(
            workflow, identifier="#run", object=config, result=results, properties=properties
        )
        crate.write_zip(target)
    return len(results) - 1, left_out


def _titled(manifest: Mapping[str, Any], licence: str, authors: Sequence[str]) -> ROCrate:
    """An archive that holds nothing yet, but says what it will, by whom and under which licence."""
    crate = ROCrate(version="1.1")
    crate.name = f"Run {manifest['run']} of the workflow ccdcgan"
    crate.description = (
        f"Crystals of the system {'-'.join(manifest['config']['system'])}: relaxed prototypes, graphs, networks, "
        "generated candidates ranked by their energy above the hull, and everything between."
    )
    crate.datePublished = datetime.now(UTC).isoformat(timespec="seconds")
    crate.metadata.extra_contexts.append(CONTEXT)
    address = licence if "://" in licence else f"https://spdx.org/licenses/{licence}"
    crate.license = _add_work(crate, address, name=licence, identifier=address)
    crate.root_dataset["conformsTo"] = [
        _add_work(crate, url, name=title, version=url.split("/")[-1]) for url, title in PROFILES.items()
    ]
    people = [
        crate.add(Person(crate, f"#author-{number}", {"name": author})) for number, author in enumerate(authors, 1)
    ]
    if people:
        crate.root_dataset["author"] = people if len(people) > 1 else people[0]
    return crate


def _add_work(crate: ROCrate, address: str, **about: str) -> Entity:
    """Name something that lies elsewhere, such as a licence."""
    return crate.add(ContextEntity(crate, address, properties={"@type": "CreativeWork", **about}))


def _add_workflow(crate: ROCrate, commit: str | None) -> Entity:
    """Pack the workflow; the main entity of the archive."""
    workflow = crate.add_workflow(ROOT / MAIN, MAIN, main=True, lang="snakemake")
    workflow["name"] = "ccdcgan"
    workflow["encodingFormat"] = "text/x-python"
    workflow["version"] = f"{__version__}, commit {commit}"
    workflow["license"] = "https://spdx.org/licenses/MIT"
    workflow["conformsTo"] = _add_work(crate, BIOSCHEMAS, name="ComputationalWorkflow 1.0")
    for path in sorted(_workflow_files()):
        inside = path.relative_to(ROOT).as_posix()
        crate.add_file(path, inside, properties=_described(inside))
    return workflow


def _add_config(crate: ROCrate, workflow: Entity, manifest: Mapping[str, Any], scratch: Path) -> File:
    """Pack the run's configuration, as what the workflow was given; the file must stay until the archive is written."""
    given = scratch / "config.yaml"
    given.write_text(yaml.safe_dump(manifest["config"], sort_keys=False))
    config = crate.add_file(given, f"results/{manifest['run']}/config.yaml", properties=_described("config.yaml"))
    parameter = crate.add_formal_parameter("configuration", "File", identifier="#configuration", valueRequired=True)
    workflow["input"] = parameter
    config["exampleOfWork"] = parameter
    return config


def _add_results(crate: ROCrate, folder: Path, manifest: Mapping[str, Any]) -> tuple[list[File], int]:
    """Pack the artifacts and their manifest; how many may not be handed on."""
    results, left_out = [], 0
    for path, entry in manifest["artifacts"].items():
        if UNPUBLISHABLE.match(Path(path).name):
            left_out += 1
            continue
        properties = _described(path) | {"sha256": entry["sha256"], "contentSize": str(entry["bytes"])}
        results.append(crate.add_file(folder / path, f"results/{manifest['run']}/{path}", properties=properties))
    inside = f"results/{manifest['run']}/manifest.json"
    results.append(crate.add_file(folder / "manifest.json", inside, properties=_described("manifest.json")))
    return results, left_out


def _described(path: str) -> dict[str, str]:
    return {"name": path, "encodingFormat": MEDIA.get(Path(path).suffix, "text/plain")}


def _workflow_files() -> Iterator[Path]:
    for part in PARTS:
        path = ROOT / part
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file() and not any(piece.endswith(NOT_PACKED) for piece in file.relative_to(ROOT).parts):
                yield file
