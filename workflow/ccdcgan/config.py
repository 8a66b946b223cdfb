"""The configuration: every key of every stage, its type, unit and bounds, and errors in plain words.

``config/config.yaml`` holds the values; the classes here hold what may stand there. ``workflow/schemas`` and
``config/README.md`` are written from these classes (``python -m ccdcgan.config``), and a test keeps them in step.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

__all__ = [
    "Aflow",
    "Autoencoder",
    "Autoencoders",
    "Config",
    "ConfigError",
    "Constraint",
    "Controls",
    "Database",
    "Decoding",
    "Files",
    "Gan",
    "Generation",
    "Gpaw",
    "Hull",
    "Matching",
    "MaterialsProject",
    "Metrics",
    "Objective",
    "Optimade",
    "Prototypes",
    "Random",
    "Relaxation",
    "Report",
    "Screening",
    "Studies",
    "Superstructures",
    "Vasp",
    "Voxels",
    "halvings",
    "load_config",
    "parse_config",
    "subsystems",
]


def _number(value: Any) -> Any:
    """Read a number given as text: so does Snakemake hand over what stands inside ``--config section={key: 3}``."""
    parsed = yaml.safe_load(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, int | float) else value


def _inside(value: str) -> str:
    """Refuse a relative path that leaves the folder of the workflow: where it leads depends on where that stands."""
    if os.path.normpath(value).split(os.sep)[0] == os.pardir:
        raise ValueError("a relative path must stay inside the folder of the workflow; give an absolute one")
    return value


FromText = BeforeValidator(_number)
InsidePath = Annotated[str, AfterValidator(_inside)]
Fraction = Annotated[float, FromText, Field(gt=0, lt=1)]
Share = Annotated[float, FromText, Field(ge=0, le=1)]
Positive = Annotated[float, FromText, Field(gt=0)]
NotNegative = Annotated[float, FromText, Field(ge=0)]
Real = Annotated[float, FromText]
Count = Annotated[int, FromText, Field(gt=0)]
Flag = Annotated[bool, FromText]
Counts = Annotated[
    list[Count],
    BeforeValidator(lambda value: value if isinstance(value, list) else [value]),
    Field(min_length=1),
    WithJsonSchema({"type": ["integer", "array"], "items": {"type": "integer", "exclusiveMinimum": 0}}),
]
"""A list of counts, or one that stands for all."""
VARIANTS = {"dcgan": "dcgan", "dcgan+constraint": "dcgan", "ccdcgan": "ccdcgan"}


def subsystems(system: Sequence[str]) -> list[tuple[str, ...]]:
    """Combinations of some of a system's elements, at least two and not all, the smallest first."""
    return [part for size in range(2, len(system)) for part in combinations(system, size)]


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the key, what was found and what was expected."""


class Section(BaseModel):
    """Base of all sections: closed (an unknown key is an error), strict about types, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _null_from_text(cls, values: Any) -> Any:
        """Read null given as text, as Snakemake hands it over inside ``--config section={key: null}``."""
        if not isinstance(values, Mapping):
            return values
        return {key: None if value == "null" else value for key, value in values.items()}


Source = Literal["aflow", "superstructures", "random", "materials_project", "optimade", "files"]


class Aflow(Section):
    """Source aflow: the prototypes of the AFLOW encyclopedia that ship with kim-tools."""

    merge_species: Flag
    """Take prototypes with more species than the system has elements as well, and let species share an element."""
    recolour_sites: Annotated[int, FromText, Field(ge=0)]
    """Prototypes with at most this many Wyckoff sites also take the elements site by site, in every way; 0: none."""


class Superstructures(Section):
    """Source superstructures: every ordering of the elements on elemental AFLOW prototypes, by icet (an extra)."""

    max_prototype_atoms: Count
    """Largest number of atoms in the primitive cell of an elemental prototype that is coloured."""
    max_atoms: Count
    """Largest number of atoms in the primitive cell of a superstructure; their number grows exponentially with it."""


class Random(Section):
    """Source random: random crystals of random space groups, of the system's own elements."""

    count: Count
    """Crystals to draw; not all find places for their atoms."""
    volume_factor: Positive
    """Volume of a cell over that of its atoms, each drawn between its covalent and its van der Waals sphere."""
    lattices: Count
    """Lattices after which a crystal whose atoms find no places is given up (pyxtal: at most 40)."""
    time_limit: Positive
    """CPU time after which a crystal is given up whatever the lattices tried, in seconds."""


Selection = Literal["binaries", "ternaries", "quaternaries", "system"]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]


class MaterialsProject(Section):
    """Source materials_project: entries of the Materials Project. The environment variable MP_API_KEY holds the key."""

    url: Url
    """Address of the REST interface."""
    selection: Selection
    """All compounds of two, three or four elements (species then share elements where the system has fewer), or those
    of the system's own elements; with at most max_atoms atoms (paper: binaries)."""
    cache: InsidePath
    """Folder that keeps every answered query, so that it is asked once; delete it to ask again."""
    timeout: Positive
    """Longest time that a page may take, in seconds."""


class Optimade(Section):
    """Source optimade: entries of any databases that speak OPTIMADE."""

    providers: list[Url]
    """Base addresses of the databases; the version (/v1) is added where it is missing."""
    selection: Selection
    """As of materials_project."""
    max_entries: Count
    """Largest number of entries taken from one provider."""
    page_limit: Count
    """Entries on one page; a provider may refuse many."""
    cache: InsidePath
    """Folder that keeps every answered query, so that it is asked once; delete it to ask again."""
    timeout: Positive
    """Longest time that a page may take, in seconds."""


class Files(Section):
    """Source files: CIF, POSCAR, extended XYZ and pymatgen's JSON, and CSV tables with a column of CIF text."""

    paths: list[InsidePath]
    """Folders (read with all folders in them), patterns such as data/**/*.cif, and files, relative to where the
    workflow runs."""
    cif_column: str
    """Column of a CSV that holds CIF text; its column material_id or id, if there is one, names the entries."""
    merge_species: Flag
    """Take structures with more species than the system has elements as well, and let species share an element."""
    max_size: Positive
    """Larger files are rejected, in MB."""
    time_limit: Positive
    """A structure that takes longer to read is rejected, in seconds."""
    licence: str
    """Licence of the structures, for the table."""
    citation: str
    """DOI or reference of the structures, for the table."""


class Prototypes(Section):
    """Prototype substitution: which cells enter the database, before any relaxation."""

    sources: list[Source]
    """Where prototypes come from; of two that match, the one of the source named first is kept."""
    max_atoms: Count
    """Largest number of atoms in the primitive cell (paper: 20)."""
    max_length: Positive
    """Upper bound of the longest edge of the Niggli cell, in angstrom (paper: 10)."""
    volume_scale: Positive
    """Volume per atom of a substituted cell, as a fraction of the sum of the elements' own atomic volumes."""
    min_contact: Positive
    """Shortest contact of a substituted cell, as a fraction of the sum of covalent radii; a shorter one enlarges it."""
    max_volume_ratio: Positive
    """A cell that had to be enlarged beyond this multiple of the volume rule is rejected."""
    reference_atoms: Count
    """Elemental prototypes with at most this many atoms are relaxed to find each element's reference phase."""
    sample: Count
    """Number of distinct cells that enter the database: a seeded sample, stratified by composition and prototype."""
    subsystems: Annotated[int, FromText, Field(ge=0)] = 0
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

    @field_validator("sources")
    @classmethod
    def _some_sources(cls, value: list[str]) -> list[str]:
        if not value or len(set(value)) != len(value):
            raise ValueError("sources must name each source once, and at least one")
        return value

    @model_validator(mode="after")
    def _settings_given(self) -> Self:
        for name in self.sources:
            if getattr(self, name) is None:
                raise ValueError(f"sources names {name}, so {name} must hold its settings")
        return self


class Matching(Section):
    """Tolerances of pymatgen's StructureMatcher, wherever two structures are compared."""

    ltol: Positive
    """Fractional length tolerance."""
    stol: Positive
    """Site tolerance, as a fraction of the average free length per atom, (V/n)^(1/3)."""
    angle_tol: Positive
    """Angle tolerance, in degrees."""


class Gpaw(Section):
    """Engine gpaw: plane-wave PBE with the PAW setups of the package gpaw-data."""

    cutoff: Positive
    """Cutoff of the plane waves, in eV (paper, with VASP: 500)."""
    kpoint_length: Positive
    """Gamma-centred k-points along each axis of the Niggli cell: this length over the axis's own, rounded up, in
    angstrom (paper: 40)."""
    smearing: Positive
    """Width of the Fermi-Dirac smearing, in eV; energies are extrapolated to none."""
    relax: Flag
    """Relax cell and positions; false: a single point at the given geometry."""


class Vasp(Section):
    """Engine vasp: PBE by VASP under custodian."""

    command: str | None
    """Command that runs VASP, such as `mpirun -n {threads} vasp_std`; {threads} stands for the threads of the rule."""
    potcars: Literal["PBE", "PBE_52", "PBE_54", "PBE_64"]
    """Set of POTCARs, by pymatgen's name; pymatgen finds it through PMG_VASP_PSP_DIR."""
    encut: Positive
    """Energy cutoff of the plane waves, in eV (paper: 500)."""
    kpoint_length: Positive
    """k-points along each edge: this over the edge of the Niggli cell, rounded up, in angstrom (paper: 40)."""


class Relaxation(Section):
    """Relaxation of cell and positions, of the database and of the candidates alike."""

    engine: Literal["sevennet", "chgnet", "vasp", "gpaw"]
    """Which engine computes energies and forces: a potential (sevennet, chgnet) or DFT (vasp, gpaw)."""
    relax_model: str | None
    """Potential that relaxes; null: the engine's own, 7net-0 or chgnet-0.3.0. Not for DFT."""
    energy_model: str | None
    """Potential that gives the final energy, and so the energy scale; null: 7net-l3i5 or chgnet-0.3.0. Not for DFT."""
    second_model: str | None
    """Potential that gives a second energy at the relaxed geometry; the two formation energies' disagreement is a
    column of the candidates' table. null: none. Not for DFT."""
    fmax: Positive
    """Converged when no force component (cell included) exceeds this, in eV/angstrom."""
    max_steps: Count
    """Optimizer steps after which a structure counts as not converged."""
    time_limit: Positive
    """Wall time after which a structure is given up, in seconds."""
    min_distance: Positive | None
    """Shortest distance allowed after relaxation, in angstrom; null: 0.75 times the sum of covalent radii."""
    volume_per_atom: tuple[Positive, Positive] | None
    """Window of the volume per atom after relaxation, in angstrom^3; null: 0.5 to 2 times the elements' own volumes."""
    batch_size: Count
    """Structures in one job."""
    gpaw: Gpaw | None
    """Settings of engine gpaw."""
    vasp: Vasp | None
    """Settings of engine vasp."""

    def of_engine(self) -> Self:
        """The settings that concern the chosen engine: without the sections of the others."""
        engines = get_args(type(self).model_fields["engine"].annotation)
        others = {name for name in engines if name != self.engine} & set(type(self).model_fields)
        return self.model_copy(update=dict.fromkeys(others))

    @field_validator("volume_per_atom", mode="before")
    @classmethod
    def _list_to_tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.volume_per_atom and not self.volume_per_atom[0] < self.volume_per_atom[1]:
            raise ValueError("volume_per_atom must be [smaller, larger]")
        return self


class Database(Section):
    """The relaxed database and its split."""

    prebuilt: InsidePath | None
    """Folder of a ready-made database (`resources/databases/bi-se`), used in place of the stages prototypes and
    relaxation; null: the database is relaxed from prototypes."""
    held_out: Fraction
    """Fraction of structures held out from training; groups of matching structures stay on one side (paper: 0.1)."""


class Voxels(Section):
    """The two voxel grids of Eqs. (3) and (4)."""

    sites_grid: Count
    """Points along one edge of the sites voxel; a multiple of 8 (paper: 64)."""
    sites_box: Positive
    """Edge of the cubic box that holds the atoms, in angstrom (authors' code: 15)."""
    sites_sigma: Positive
    """Standard deviation of the Gaussian of an atom, in angstrom."""
    lattice_grid: Count
    """Points along one edge of the lattice voxel; a multiple of 8 (paper: 32)."""
    lattice_sigma: Positive
    """Standard deviation of the Gaussian at the centre of the cell, in angstrom."""

    @model_validator(mode="after")
    def _divisible(self) -> Self:
        for name, grid in (("sites_grid", self.sites_grid), ("lattice_grid", self.lattice_grid)):
            if grid % 8:
                raise ValueError(f"{name} must be a multiple of 8")
        return self


class Autoencoder(Section):
    """One convolutional autoencoder."""

    channels: Counts
    """Channels of every hidden convolution (paper: 64), or a list of those of each, from the voxel inwards."""
    latent: Count
    """Length of the latent vector; at most 200, the width of a slot of the crystal graph."""
    steps: Count
    """Training steps (batches)."""
    batch_size: Count
    """Voxels in a batch."""
    learning_rate: Positive
    """Initial learning rate of Adam, decayed by a cosine (text: 0.003, authors' code: 0.0003)."""
    beta_2: Fraction
    """Second moment decay of Adam (text: 0.99, authors' code: 0.999)."""
    weight_decay: NotNegative
    """Coefficient lambda of Eq. (5) (text: 1e-6, authors' code: 0)."""
    sigma_start: Positive
    """Width of the Gaussians at the first step, in angstrom, annealed to that of the voxels over the first half."""
    augment: Share
    """Share of the voxels of a batch (0 to 1) that are random cuts, strains, choices of atoms, permutations and
    reflections of the crystals, instead of the crystals as they are."""
    output: Literal["hard_sigmoid", "sigmoid"]
    """Last activation: a clipped linear one, or the paper's sigmoid (which falls into the all-zero answer)."""
    loss: Literal["relative", "mean"]
    """Squared error as a fraction of the voxels' own squares, or the mean over all values, as in Eq. (5)."""

    @field_validator("latent")
    @classmethod
    def _fits(cls, value: int) -> int:
        if value > 200:
            raise ValueError("latent must be at most 200")
        return value


class Autoencoders(Section):
    """The two autoencoders (Fig. 1; Eq. 5)."""

    sites: Autoencoder
    """The sites autoencoder, one network for all elements."""
    lattice: Autoencoder
    """The lattice autoencoder."""


class Constraint(Section):
    """The network that predicts the formation energy from a crystal graph."""

    steps: Count
    """Training steps (batches)."""
    batch_size: Count
    """Graphs in a batch."""
    learning_rate: Positive
    """Learning rate of Adam (text: 0.002, authors' code: 0.0002)."""
    schedule: Literal["constant", "cosine"]
    """Learning rate over the steps: constant, as published, or falling to zero by a cosine."""


class Gan(Section):
    """Training of DCGAN and CCDCGAN (Eqs. 1 and 2)."""

    steps: Count
    """Training steps; one step updates the discriminator and the generator (paper: 1,000,000)."""
    batch_size: Count
    """Graphs in a batch."""
    learning_rate: Positive
    """Learning rate of Adam (text: 0.002, authors' code: 0.0002)."""
    steps_per_call: Count
    """Training steps in one call from Python; `steps` must be a multiple."""
    weight: NotNegative
    """Weight omega of the formation energy in the generator's loss of CCDCGAN (paper: 0.1)."""
    formation_energy_term: Literal["linear", "exponential"]
    """Mean of E_f as in Eq. (2), or of exp(E_f) as in the authors' code."""
    network: Literal["convolutional", "dense"]
    """Layers of generator and discriminator: as published, or dense ones, as the pixels of a crystal graph are no
    neighbours."""
    temperature: Positive | None
    """In eV/atom: the GANs learn from each crystal with a weight exp(-energy above hull / temperature); null: from all
    alike, as published."""


class Objective(Section):
    """A property that CCDCGAN's generator is led to beside the formation energy, whose weight is gan.weight."""

    property: Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_]*$")]
    """Column of the database's table (such as volume_per_atom), or of `table`."""
    weight: Positive
    """Weight in the generator's loss; the property counts in units of its standard deviation over the training set."""
    goal: Literal["minimise", "maximise"] | Real
    """Where to: down or up, two standard deviations from the mean at most, or to a value in the column's unit, by the
    squared distance from it."""
    table: str | None = None
    """CSV with a column id (of the database's structures) and one for the property; null: the database's table."""


class Generation(Section):
    """Sampling of crystal graphs from a trained generator."""

    models: list[Literal["dcgan", "ccdcgan"]]
    """Which models are trained and sampled."""
    count: Count
    """Crystal graphs generated by each model (paper: 13,000)."""
    batch_size: Count
    """Crystal graphs in one job."""

    @field_validator("models")
    @classmethod
    def _some(cls, value: list[str]) -> list[str]:
        if not value or len(set(value)) != len(value):
            raise ValueError("models must name each model once, and at least one")
        return value


class Decoding(Section):
    """From generated voxels back to crystals."""

    threshold: Fraction
    """Height from which a local maximum of a sites voxel counts as an atom (an ideal atom has height 1)."""
    min_distance: Positive
    """Shortest distance between two atoms of a decoded crystal, in angstrom (authors' code: 0.5)."""
    max_atoms: Count
    """Largest number of atoms in a decoded cell."""
    max_volume_ratio: Annotated[float, FromText, Field(gt=1)]
    """A decoded cell is rejected if its volume is beyond this multiple, or this fraction, of its atoms' own volumes."""


class Screening(Section):
    """DCGAN + constraint: which decoded crystals are kept."""

    tolerance: Real
    """Largest predicted formation energy that is kept, in eV/atom (paper: 0.3)."""


class Hull(Section):
    """What counts as stable and meta-stable; both ask for a negative formation energy as well."""

    stable: Positive
    """Energy above hull below which a crystal is stable, in eV/atom (paper: 0.100)."""
    metastable: Positive
    """Energy above hull below which a crystal is meta-stable, in eV/atom (paper: 0.150)."""


class Studies(Section):
    """Comparisons of many trainings or many graphs, run by their own targets: omega, seeds, leave_out, samples."""

    weights: list[NotNegative]
    """Weights of the formation energy that `snakemake omega` compares; 0 is DCGAN (paper: 0.1 alone)."""
    seeds: list[Annotated[int, FromText, Field(ge=0)]]
    """Seeds of the GANs that `snakemake seeds` compares, for each model."""
    left_out: list[str]
    """Reduced formulas of the compositions that `snakemake leave_out` leaves out, each from a training of CCDCGAN of
    its own (paper: BiSe3, Bi2Se3, Bi2Se, Bi3Se)."""

    samples: list[Count]
    """Numbers of crystal graphs after which `snakemake samples` counts the known phases that came back (paper: 13,000,
    and 100,000 in Fig. 3c)."""
    samples_batch_size: Count
    """Graphs of one job of it."""
    best_of: list[Annotated[int, FromText, Field(gt=1)]]
    """Graphs that `snakemake discovery` draws for each one that is decoded and relaxed, the one of the lowest predicted
    formation energy: models and noisy controls of their own beside those that keep every graph. [] for none."""

    @field_validator("weights", "seeds", "left_out", "samples", "best_of")
    @classmethod
    def _different(cls, value: list[Any]) -> list[Any]:
        if len(set(value)) != len(value):
            raise ValueError("the list must hold none twice")
        return value

    @field_validator("weights", "seeds", "left_out", "samples")
    @classmethod
    def _some(cls, value: list[Any]) -> list[Any]:
        if not value:
            raise ValueError("the list must hold at least one value")
        return value


class Controls(Section):
    """What any generator must beat, run by `snakemake discovery`: ways to new crystals that need no GAN."""

    names: list[Literal["random", "substitution", "latents", "weighted_latents"]]
    """Symmetric random crystals (settings: prototypes.random), prototype cells that the database was not relaxed from,
    crystal graphs of the database with noise, and the same drawn with the weights of gan.temperature."""
    relaxations: Count
    """Crystals that each control gives to relaxation; of the latents, graphs, of which some give no crystal."""
    noise: NotNegative
    """Noise on these graphs, as a fraction of each value's standard deviation over the database."""
    sources: list[Source] | None
    """Sources of prototypes of control substitution; null: those of the database, of which it takes what the database
    left."""

    @field_validator("names")
    @classmethod
    def _different(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            raise ValueError("names must name each control once")
        return value

    @property
    def needed(self) -> list[str]:
        """Sources of prototypes whose settings the controls need, whatever the database is made of."""
        return [*(name for name in self.names if name == "random"), *(self.sources or ())]


class Metrics(Section):
    """What the metrics count."""

    sun: list[Real]
    """Energies above hull up to which a unique and novel crystal counts as stable (S.U.N.), in eV/atom."""


class Report(Section):
    """What is handed to the user."""

    best: Count
    """How many of the most stable distinct candidates are written as CIF files."""


class Config(Section):
    """The whole configuration."""

    run: str
    """Name of the run, and of its folder under results/: letters, digits, dot, dash, underscore."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of every random choice."""
    system: list[str]
    """The chemical system: element symbols, in the order of the slots of the crystal graph."""
    prototypes: Prototypes
    """Prototype substitution."""
    matching: Matching
    """Comparison of structures."""
    relaxation: Relaxation
    """Relaxation."""
    database: Database
    """The relaxed database."""
    voxels: Voxels
    """Voxelization."""
    autoencoders: Autoencoders
    """Autoencoders."""
    constraint: Constraint
    """The constraint."""
    gan: Gan
    """GAN training."""
    objectives: list[Objective]
    """Objectives of CCDCGAN beside the formation energy: for each {property, weight, goal} and, if the property is no
    column of the database's table, {table}; see Objective in the source."""
    generation: Generation
    """Generation."""
    decoding: Decoding
    """Decoding."""
    screening: Screening
    """Screening by the constraint."""
    hull: Hull
    """Stability."""
    studies: Studies
    """Studies."""
    controls: Controls
    """Controls."""
    metrics: Metrics
    """Metrics."""
    report: Report
    """Report."""

    @property
    def variants(self) -> dict[str, str]:
        """The paper's models that this run makes -> the network that generates their graphs.

        DCGAN + constraint is DCGAN, screened.
        """
        return {name: model for name, model in VARIANTS.items() if model in self.generation.models}

    @field_validator("run")
    @classmethod
    def _safe_name(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
            raise ValueError("run must start with a letter or digit and hold only letters, digits, '.', '-' and '_'")
        return value

    @field_validator("objectives")
    @classmethod
    def _different_properties(cls, value: list[Objective]) -> list[Objective]:
        names = [objective.property for objective in value]
        if len(set(names)) != len(names):
            raise ValueError("objectives must name each property once")
        if "formation_energy" in names:
            raise ValueError("the formation energy is an objective anyway; its weight is gan.weight")
        return value

    @field_validator("system")
    @classmethod
    def _elements(cls, value: list[str]) -> list[str]:
        from ase.data import chemical_symbols

        unknown = [symbol for symbol in value if symbol not in chemical_symbols[1:]]
        if unknown:
            raise ValueError(f"system must hold symbols of elements, and {unknown[0]!r} is none")
        if len(value) < 2 or len(set(value)) != len(value):
            raise ValueError("system must hold at least two different elements")
        return value

    @model_validator(mode="after")
    def _controls_have_settings(self) -> Self:
        for source in self.controls.needed:
            if getattr(self.prototypes, source) is None:
                raise ValueError(f"controls needs source {source}, so prototypes.{source} must hold its settings")
        return self

    @model_validator(mode="after")
    def _weights_have_a_temperature(self) -> Self:
        if "weighted_latents" in self.controls.names and self.gan.temperature is None:
            raise ValueError("controls.names holds weighted_latents, so gan.temperature must be a number")
        return self

    @model_validator(mode="after")
    def _channels_of_each_convolution(self) -> Self:
        for name, grid in (("sites", self.voxels.sites_grid), ("lattice", self.voxels.lattice_grid)):
            found, expected = len(getattr(self.autoencoders, name).channels), halvings(grid)
            if found not in (1, expected):
                wanted = f"one number, or {expected} for a grid of {grid}, not {found}"
                raise ValueError(f"autoencoders.{name}.channels must hold {wanted}")
        return self

    @model_validator(mode="after")
    def _whole_calls(self) -> Self:
        if self.gan.steps % self.gan.steps_per_call:
            raise ValueError("gan.steps must be a multiple of gan.steps_per_call")
        return self


def halvings(grid: int) -> int:
    """How often an autoencoder halves a grid of this many points: as long as it is even and 4 or more are left."""
    return 1 + halvings(grid // 2) if grid % 2 == 0 and grid >= 8 else 0


def parse_config(values: Mapping[str, Any]) -> Config:
    """Check a mapping against the configuration classes.

    Raises
    ------
    ConfigError
        One sentence for each wrong key: its name, what was found and what was expected.
    """
    try:
        return Config.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(" ".join(_sentences(error))) from None


def load_config(*paths: Path | str) -> Config:
    """Read YAML files, each overriding the ones before it key by key, and check the result.

    Raises
    ------
    ConfigError
        If a file cannot be read as YAML, or a key is wrong.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        try:
            values = yaml.safe_load(Path(path).read_text())
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: expected a readable YAML file, found {type(error).__name__}.") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: expected keys and values, found {type(values).__name__}.")
        _merge(merged, values)
    return parse_config(merged)


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _sentences(error: ValidationError) -> Iterator[str]:
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        where = f"config key '{key}': " if key else "config: "
        match item["type"]:
            case "extra_forbidden":
                yield f"{where}found an unknown key, expected one that config/README.md lists."
            case "missing":
                yield f"{where}found nothing, expected a value."
            case "value_error":
                found = "" if isinstance(item["input"], BaseModel | Mapping) else f"found {item['input']!r}, "
                yield f"{where}{found}expected otherwise: {item['ctx']['error']}."
            case _:
                expected = item["msg"].removeprefix("Input should be ")
                yield f"{where}found {item['input']!r}, expected {expected}."


def json_schema() -> dict[str, Any]:
    """JSON schema of the configuration, for editors (workflow/schemas/config.schema.json)."""
    return Config.model_json_schema()


def markdown() -> str:
    """Every key with its type and meaning, as a Markdown document (config/README.md)."""
    lines = [
        "# Configuration",
        "",
        "`config.yaml` holds every key and is always read first; a file given with `--configfile` overrides it key by",
        "key. This page is written by `python -m ccdcgan.config` from `workflow/ccdcgan/config.py`.",
    ]

    def table(section: type[BaseModel], prefix: str) -> None:
        lines.extend(["", "| key | type | meaning |", "|---|---|---|"])
        nested = []
        for name, field in section.model_fields.items():
            if inner := _inner_section(field.annotation):
                nested.append((name, inner))
                continue
            lines.append(f"| `{prefix}{name}` | {_plain_type(field.annotation)} | {_one_line(field.description)} |")
        if len(lines) >= 2 and lines[-1] == "|---|---|---|":
            del lines[-3:]
        for name, annotation in nested:
            lines.extend(["", f"## {prefix}{name}", "", (annotation.__doc__ or "").strip().splitlines()[0]])
            table(annotation, f"{prefix}{name}.")

    table(Config, "")
    return "\n".join(lines) + "\n"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _inner_section(annotation: Any) -> type[BaseModel] | None:
    """The section that a key holds, if it holds one (or null)."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _plain_type(annotation: Any) -> str:
    """Name of a type as a reader of YAML would put it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _plain_type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_plain_type(argument) for argument in arguments)
    if origin is not None:
        return f"{origin.__name__} of {', '.join(_plain_type(argument) for argument in arguments)}"
    return "null" if annotation is type(None) else str(annotation.__name__)


def main() -> None:
    """Write the schema and the documentation of the configuration beside the workflow that holds this package."""
    import json

    root = Path(__file__).parents[2]
    (root / "workflow/schemas/config.schema.json").write_text(json.dumps(json_schema(), indent=2) + "\n")
    (root / "config/README.md").write_text(markdown())


if __name__ == "__main__":
    main()
