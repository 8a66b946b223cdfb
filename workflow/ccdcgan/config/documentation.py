"""The pages that are written from the configuration's classes: config/README.md and the schema for editors.

``python -m ccdcgan.config.documentation`` writes them; a test keeps them in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ccdcgan.config.configuration import Config
from ccdcgan.config.project import ROOT
from ccdcgan.config.schema import Schema, describe, section_of

__all__ = ["json_schema", "main", "markdown"]

INTRODUCTION = """\
# Configuration

## What to set

`config/config.yaml` holds every key with its default, and a run needs none of them changed. Name the chemical system
and the run, and leave the rest:

```
snakemake --cores all --config run=sb-te system='[Sb, Te]'
```

More than a few keys stand better in a file of your own, which holds only what differs:

```yaml
# my.yaml, used by: snakemake --cores all --configfile my.yaml
run: sb-te
system: [Sb, Te]
prototypes:
  sources: [files, aflow]
  files: {paths: ["data/*.cif"]}
generation: {count: 1000}
```

| to | set |
|---|---|
| begin from structures of your own | `prototypes.sources` and `prototypes.files.paths` |
| begin from the Materials Project or OPTIMADE | `prototypes.sources` |
| use a database that is already relaxed | `database.prebuilt` |
| relax with VASP, GPAW or another potential | `relaxation.engine` |
| take a larger database | `prototypes.sample` |
| generate more crystals | `generation.count` |
| train longer | `steps` of `autoencoders`, `constraint` and `gan` |
| steer towards a property of your own | `objectives` |
| have another sample of everything | `seed` |

A key that does not exist, or a value that does not fit, stops the run before any work with a sentence that names it.
Other files here: `test.yaml` (a minute or two, to see that all works), `discovery.yaml` (the ready-made Bi-Se database,
three seeds, every control), `paper.yaml` (the scale of the paper), `database.yaml` (makes the ready-made database),
`autoencoders.yaml` (makes the ready-made autoencoders).

## What input looks like

A run needs no input: the prototypes of AFLOW come with the environment. What you may bring:

| input | looks like |
|---|---|
| structures | files in CIF, POSCAR, extended XYZ, JSON (pymatgen, OPTIMADE), RES, XSF or GEN, packed (`.gz`) or not |
| structures | folders of such files, and archives of them (`.zip`, `.tar.gz`) |
| structures | a CSV with a row for each structure and CIF text in the column `cif` |
| a property to steer by | a CSV with the columns `id` (of the database's structures) and the property's name |
| a ready-made database | a folder as `resources/databases/bi-se` |
| an access key | the environment variable `MP_API_KEY`, for the Materials Project; never in a file |

Structures of any elements may come: the elements of the system take their places. What cannot be read or does not fit
stands in `results/<run>/prototypes/rejected.csv` with the reason.

## Every key

This page is written by `python -m ccdcgan.config.documentation` from `workflow/ccdcgan/config/`.
"""
TABLE = ["", "| key | holds | meaning |", "|---|---|---|"]


def json_schema() -> dict[str, Any]:
    """JSON schema of the configuration, for editors (workflow/schemas/config.schema.json)."""
    return Config.model_json_schema()


def markdown() -> str:
    """Every key with what it may hold and its meaning, as a Markdown document (config/README.md)."""
    schema = json_schema()
    return "\n".join([INTRODUCTION.rstrip(), *_section(schema, schema, "")]) + "\n"


def _section(schema: Schema, section: Schema, prefix: str) -> Iterator[str]:
    """The table of a section's own keys, then the sections in it, each with its heading."""
    rows, inner = [], []
    for name, part in section["properties"].items():
        key = f"{prefix}{name}"
        if below := section_of(schema, part):
            inner.append((key, below))
            continue
        rows.append(f"| `{key}` | {describe(part, '`')} | {_one_line(part['description'])} |")
        if item := section_of(schema, part.get("items", {})):
            inner.append((f"{key}.*", item))
    if rows:
        yield from [*TABLE, *rows]
    for key, below in inner:
        yield from ["", f"## {key}", "", _one_line(below["description"])]
        yield from _section(schema, below, f"{key}.")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Write the schema and the documentation of the configuration beside the workflow that holds this package."""
    import json

    (ROOT / "workflow/schemas/config.schema.json").write_text(json.dumps(json_schema(), indent=2) + "\n")
    (ROOT / "config/README.md").write_text(markdown())


if __name__ == "__main__":
    main()
