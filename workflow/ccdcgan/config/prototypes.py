"""Section ``prototypes``: which cells enter the database, and the settings of each source."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    Field,
    model_validator,
)

from ccdcgan.config.quantities import Atoms, Count, CountOrNone, Length, Ratio, Seconds
from ccdcgan.config.values import Distinct, Flag, FromText, InsidePath, Mismatch, Section, Text, Url

__all__ = [
    "Aflow",
    "Files",
    "MaterialsProject",
    "Optimade",
    "Prototypes",
    "Random",
    "Selection",
    "Source",
    "Superstructures",
    "subsystems",
]


def subsystems(system: Sequence[str]) -> list[tuple[str, ...]]:
    """Combinations of some of a system's elements, at least two and not all, the smallest first."""
    return [part for size in range(2, len(system)) for part in combinations(system, size)]


Source = Literal["aflow", "superstructures", "random", "materials_project", "optimade", "files"]


class Aflow(Section):
    """Source aflow: the prototypes of the AFLOW encyclopedia that ship with kim-tools."""

    merge_species: Flag
    """Take prototypes with more species than the system has elements as well, and let species share an element."""
    recolour_sites: Annotated[int, Field(ge=0, le=50), FromText]
    """Prototypes with at most this many Wyckoff sites also take the elements site by site, in every way; 0: none."""


class Superstructures(Section):
    """Source superstructures: every ordering of the elements on elemental AFLOW prototypes, by icet (an extra)."""

    max_prototype_atoms: Atoms
    """Largest number of atoms in the primitive cell of an elemental prototype that is coloured."""
    max_atoms: Annotated[int, Field(ge=1, le=50), FromText]
    """Largest number of atoms in the primitive cell of a superstructure; their number grows exponentially with it."""


class Random(Section):
    """Source random: random crystals of random space groups, of the system's own elements."""

    count: Count
    """Crystals to draw; not all find places for their atoms."""
    volume_factor: Ratio
    """Volume of a cell over that of its atoms, each drawn between its covalent and its van der Waals sphere."""
    lattices: Annotated[int, Field(ge=1, le=40), FromText]
    """Lattices after which a crystal whose atoms find no places is given up; pyxtal tries no more than 40."""
    time_limit: Seconds
    """CPU time after which a crystal is given up whatever the lattices tried, in seconds."""


Selection = Literal["binaries", "ternaries", "quaternaries", "system"]


class MaterialsProject(Section):
    """Source materials_project: entries of the Materials Project. The environment variable MP_API_KEY holds the key."""

    url: Url
    """Address of the REST interface."""
    selection: Selection
    """All compounds of two, three or four elements (species then share elements where the system has fewer), or those
    of the system's own elements; with at most max_atoms atoms (paper: binaries)."""
    cache: InsidePath
    """Folder that keeps every answered query, so that it is asked once; delete it to ask again."""
    timeout: Seconds
    """Longest time that a page may take, in seconds."""


class Optimade(Section):
    """Source optimade: entries of any databases that speak OPTIMADE."""

    providers: list[Url]
    """Base addresses of the databases; the version (/v1) is added where it is missing."""
    selection: Selection
    """As of materials_project."""
    max_entries: Count
    """Largest number of entries taken from one provider."""
    page_limit: Annotated[int, Field(ge=1, le=10**5), FromText]
    """Entries on one page; a provider may refuse many."""
    cache: InsidePath
    """Folder that keeps every answered query, so that it is asked once; delete it to ask again."""
    timeout: Seconds
    """Longest time that a page may take, in seconds."""


class Files(Section):
    """Source files: CIF, POSCAR, extended XYZ, JSON, RES, XSF, GEN, CSV with a column of CIF text; archives of them."""

    paths: list[InsidePath]
    """Folders (read with all folders in them), patterns such as data/**/*.cif, and files, relative to where the
    workflow runs."""
    cif_column: Text
    """Column of a CSV that holds CIF text; its column material_id or id, if there is one, names the entries."""
    merge_species: Flag
    """Take structures with more species than the system has elements as well, and let species share an element."""
    max_size: Annotated[float, Field(gt=0, le=10**6), FromText]
    """Files that are larger, or that unpack to more, are rejected, in MB."""
    time_limit: Seconds
    """A structure that takes longer to read is rejected, in seconds."""
    licence: Text
    """Licence of the structures, for the table."""
    citation: Text
    """DOI or reference of the structures, for the table."""


class Prototypes(Section):
    """Prototype substitution: which cells enter the database, before any relaxation."""

    sources: Annotated[list[Source], Field(min_length=1), Distinct]
    """Where prototypes come from; of two that match, the one of the source named first is kept."""
    max_atoms: Atoms
    """Largest number of atoms in the primitive cell (paper: 20)."""
    max_length: Length | None
    """Upper bound of the longest edge of the Niggli cell, in angstrom (paper: 10); null: 10, or as much more as the
    atoms are larger than those of Bi-Se."""
    volume_scale: Ratio | None
    """Volume per atom of a substituted cell, as a fraction of the sum of the elements' own atomic volumes (Bi-Se:
    0.93); null: what atoms of these elements take in compounds, by a rule fitted to 1,335 known crystals."""
    min_contact: Ratio
    """Shortest contact of a substituted cell, as a fraction of the sum of covalent radii; a shorter one enlarges it."""
    max_volume_ratio: Annotated[float, Field(ge=1, le=1000), FromText]
    """A cell that had to be enlarged beyond this multiple of the volume rule is rejected."""
    reference_atoms: Annotated[int, Field(ge=0, le=1000), FromText]
    """Elemental prototypes with at most this many atoms compete for each element's reference phase, beside the
    element's known ground state and the lowest of all (resources/references.md), which always do."""
    sample: Count
    """Number of distinct cells that enter the database: first known compounds of the system, then simple and common
    structure types, then a seeded sample, stratified by composition and prototype."""
    subsystems: CountOrNone = 0
    """Of a system of three and more elements: number of distinct AFLOW cells of each system of some of its elements (at
    least two), beside the sample. They are relaxed and span the hull, but no network learns from them."""
    aflow: Aflow | None
    """Settings of source aflow."""
    superstructures: Superstructures | None = None
    """Settings of source superstructures."""
    random: Random | None = None
    """Settings of source random."""
    materials_project: MaterialsProject | None = None
    """Settings of source materials_project."""
    optimade: Optimade | None = None
    """Settings of source optimade."""
    files: Files | None = None
    """Settings of source files."""

    def of_sources(self, *further: str) -> Self:
        """The settings that concern the chosen sources, and further ones: without the sections of the others."""
        sources = get_args(get_args(type(self).model_fields["sources"].annotation)[0])
        return self.model_copy(update=dict.fromkeys(set(sources) - {*self.sources, *further}))

    @model_validator(mode="after")
    def _settings_given(self) -> Self:
        for name in self.sources:
            if getattr(self, name) is None:
                raise Mismatch(name, None, f"its settings, as prototypes.sources names {name}")
        return self
