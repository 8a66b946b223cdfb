"""Schemes of the method, drawn from a run's own crystals, voxels, graphs and sizes (Fig. 1a, 2a, 3a)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon
from numpy.typing import NDArray

from ccdcgan.config.voxels import Voxels
from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.reporting import style
from ccdcgan.reporting.figures.crystals import choose, draw_crystal
from ccdcgan.representation.crystal_graphs import SLOT, read_graphs
from ccdcgan.representation.voxels.storage import VoxelFile

__all__ = ["gan_scheme", "representation_scheme"]

NETWORK = "#D6EAF8"
FROZEN = "#FBE3D6"
STEP = "#F2F2F2"
SMALL = 7.5
TRAINING: dict[str, Any] = {"linestyle": (0, (4, 2)), "color": style.BLUE}
"""Look of the arrows that carry a loss."""
TOP, MIDDLE, LOW = 2.95, 2.1, 1.25
"""Heights of the lattice voxel, of the crystal and its graph, and of the sites voxels, in inches."""
DISCRIMINATOR, GENERATOR = 2.95, 1.75
"""Heights of the two networks, in inches."""
NOISE = 200
"""Length of the generator's input, as `ccdcgan.generators.gan.LATENT`, which only Keras's environment can import."""

Point = tuple[float, float]


class Scheme:
    """A drawing in inches, from the lower left corner of a figure on."""

    def __init__(self, figure: Figure) -> None:
        figure.set_layout_engine("none")
        self.figure = figure
        self.width, self.height = figure.get_size_inches()
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, self.width), ylim=(0, self.height))
        self.axes.set_axis_off()

    def picture(self, centre: Point, width: float, height: float | None = None) -> Axes:
        """Axes for a picture, without ticks."""
        height = height or width
        left, bottom = centre[0] - width / 2, centre[1] - height / 2
        axes = self.figure.add_axes(
            (left / self.width, bottom / self.height, width / self.width, height / self.height), zorder=3
        )
        axes.set(xticks=[], yticks=[])
        return axes

    def text(self, place: Point, text: str, **how: Any) -> None:
        """Text around a place."""
        self.axes.text(*place, text, **{"ha": "center", "va": "center", "fontsize": SMALL, "zorder": 5, **how})

    def box(self, centre: Point, width: float, height: float, text: str, colour: str = STEP) -> None:
        """A step, as a box with round corners."""
        corner = (centre[0] - width / 2, centre[1] - height / 2)
        shape = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.07", zorder=2)
        shape.set(facecolor=colour, edgecolor="0.3", linewidth=0.8)
        self.axes.add_patch(shape)
        self.text(centre, text)

    def network(
        self,
        centre: Point,
        width: float,
        height: float,
        text: str,
        narrow: Literal["left", "right"],
        colour: str = NETWORK,
    ) -> None:
        """A network, as a trapezium that is narrow where its data are short."""
        x, y = centre
        left, right = (height / 2, 0.3 * height) if narrow == "right" else (0.3 * height, height / 2)
        corners = [
            (x - width / 2, y - left),
            (x - width / 2, y + left),
            (x + width / 2, y + right),
            (x + width / 2, y - right),
        ]
        self.axes.add_patch(Polygon(corners, facecolor=colour, edgecolor="0.3", linewidth=0.8, zorder=2))
        self.text(centre, text)

    def arrow(self, *corners: Point, label: str = "", at: Point | None = None, **how: Any) -> None:
        """An arrow along straight lines from corner to corner, with a label at a place."""
        style_of = {"color": style.BLACK, "linewidth": 1.1, **how}
        self.axes.plot(*zip(*corners, strict=True), solid_capstyle="butt", zorder=1, **style_of)
        tip = FancyArrowPatch(corners[-2], corners[-1], arrowstyle="-|>", mutation_scale=9, shrinkA=0, shrinkB=0)
        tip.set(color=style_of["color"], linewidth=0, zorder=4)
        self.axes.add_patch(tip)
        if label and at:
            self.text(at, label, color=style_of["color"])


def representation_scheme(
    structures: Path | str,
    database: Path | str,
    voxels: Path | str,
    graphs: Path | str,
    output: Path | str,
    *,
    latents: Mapping[str, int],
) -> None:
    """Draw the way of one crystal of the database to its 2D crystal graph and back.

    Parameters
    ----------
    structures, database
        Extended XYZ and CSV of the database; the most stable crystal with a graph is shown.
    voxels, graphs
        HDF5 of its voxels and of its crystal graphs.
    output
        PNG to write, with an SVG beside it.
    latents
        Lengths of the latents, ``lattice`` and ``sites``.
    """
    images = read_graphs(graphs)
    rows = read_table(database)
    (name,) = choose(rows[rows["id"].isin(images.ids)], [], 1)
    atoms = next(frame for frame in read_structures(structures) if frame.info["id"] == name)
    with VoxelFile(voxels) as file:
        index, system, settings = file.ids.index(name), file.system, file.voxels
        sites, lattice = file.sites(index), file.lattice(index)
    graph = images.graphs[images.ids.index(name)]
    slots = graph.ravel()[: SLOT * (len(system) + 1)].reshape(-1, SLOT)
    with style.figure(output, 7.4, 4.2) as figure:
        scheme = Scheme(figure)
        crystal = scheme.picture((0.66, MIDDLE), 1.1, 1.9)
        draw_crystal(crystal, atoms, system)
        crystal.set_anchor("C")
        scheme.text((0.66, 0.85), f"crystal\n{style.formula(atoms.get_chemical_formula(mode='metal'))}")
        _draw_voxels(scheme, lattice, sites, system, settings)
        _draw_networks(scheme, "lattice", slots[:1, : latents["lattice"]])
        _draw_networks(scheme, "sites", slots[1:, : latents["sites"]])
        _colours(scheme.picture((6.5, MIDDLE), 1.4), graph)
        scheme.text((6.5, MIDDLE + 0.85), "2D crystal graph")
        scheme.text((6.5, MIDDLE - 0.85), f"{graph.shape[0]} $\\times$ {graph.shape[1]}")
        _strip(scheme, 3.93)


def _draw_voxels(
    scheme: Scheme, lattice: NDArray[np.float32], sites: NDArray[np.float32], system: Sequence[str], settings: Voxels
) -> None:
    """The lattice voxel above, those of the sites below, and the arrows from and to the crystal."""
    _density(scheme.picture((2.45, TOP), 0.8), lattice, style.BLACK)
    scheme.text((2.45, TOP + 0.57), f"lattice voxel, {settings.lattice_grid}$^3$")
    places = np.linspace(-0.44, 0.44, len(system)) if len(system) > 1 else np.zeros(1)
    size = 0.8 if len(system) < 3 else 1.5 / len(system)
    for place, symbol, density, colour in zip(places, system, sites, style.ELEMENTS, strict=False):
        _density(scheme.picture((2.45 + place, LOW), size), density, colour)
        scheme.text((2.45 + place, LOW - size / 2 - 0.13), symbol)
    scheme.text((2.45, LOW - size / 2 - 0.36), f"sites voxels, {settings.sites_grid}$^3$ each")
    scheme.arrow((1.28, MIDDLE + 0.3), (1.98, TOP))
    scheme.arrow((1.28, MIDDLE - 0.12), (1.78, LOW + size / 2 + 0.05))
    scheme.arrow((1.98, TOP - 0.18), (1.28, MIDDLE + 0.12), color="0.5")
    scheme.arrow((1.6, LOW + size / 2 + 0.05), (1.28, MIDDLE - 0.24), color="0.5")


def _draw_networks(scheme: Scheme, kind: Literal["lattice", "sites"], latents: NDArray[np.float32]) -> None:
    """Encoder and decoder of one kind of voxel, and its latents, shape (voxels, length), beside the graph."""
    y, left, up = (TOP, 2.9, 1) if kind == "lattice" else (LOW, 3.34, -1)
    encoder, decoder = y + 0.28, y - 0.28
    scheme.network((4.0, encoder), 0.95, 0.5, f"{kind}\nencoder", "right")
    scheme.network((4.0, decoder), 0.95, 0.5, f"{kind}\ndecoder", "right")
    scheme.arrow((left, encoder), (3.5, encoder))
    scheme.arrow((3.52, decoder), (left + 0.02, decoder), color="0.5")
    count, length = latents.shape
    strip = scheme.picture((5.05, y), 0.13 * count, 1.0)
    _colours(strip, latents.T)
    strip.set_aspect("auto")
    edge = 5.05 - 0.065 * count
    scheme.arrow((4.49, encoder), (edge - 0.04, encoder))
    scheme.arrow((edge - 0.04, decoder), (4.51, decoder), color="0.5")
    scheme.text((5.05, y + 0.62 * up), f"latent, {length} values{' each' if count > 1 else ''}")
    edge = 5.05 + 0.065 * count
    scheme.arrow((edge + 0.04, y + 0.08), (5.76, MIDDLE + 0.36 * up + 0.08))
    scheme.arrow((5.76, MIDDLE + 0.36 * up - 0.08), (edge + 0.04, y - 0.08), color="0.5")


def _strip(scheme: Scheme, y: float) -> None:
    """Where encoding and decoding stand between prototypes and the hull, along the top."""
    names = ("prototypes", "relaxation", "encoding", "GAN,\nconstraint", "decoding", "relaxation", "matching,\nhull")
    width, step = 0.82, (scheme.width - 0.2) / len(names)
    for number, name in enumerate(names):
        x = 0.1 + (number + 0.5) * step
        scheme.box((x, y), width, 0.38, name, NETWORK if name in ("encoding", "decoding") else STEP)
        if number:
            scheme.arrow((x - step + width / 2, y), (x - width / 2, y))


def gan_scheme(
    graphs: Path | str,
    generated: Path | str,
    output: Path | str,
    *,
    tolerance: float | None = None,
    weight: float | None = None,
) -> None:
    """Draw how a generator is trained, and what the constraint does: screen its graphs, or enter its loss.

    Parameters
    ----------
    graphs
        HDF5 of the database's crystal graphs, of which the first is shown.
    generated
        HDF5 of generated crystal graphs, of which the first is shown.
    output
        PNG to write, with an SVG beside it.
    tolerance
        Of the screening (DCGAN + constraint), in eV/atom; None for none.
    weight
        Of the predicted formation energy in the generator's loss (CCDCGAN); None for none.
    """
    real, made = read_graphs(graphs).graphs[0], read_graphs(generated).graphs[0]
    with style.figure(output, 7.4, 3.7) as figure:
        scheme = Scheme(figure)
        _draw_training(scheme, real, made, "cross-entropy (Eq. 1)" if weight is None else "cross-entropy (Eq. 2)")
        if tolerance is not None:
            _draw_screening(scheme, tolerance)
        elif weight is not None:
            _draw_feedback(scheme, weight)
        else:
            scheme.arrow((3.42, GENERATOR), (3.85, GENERATOR))
            scheme.box((4.5, GENERATOR), 1.25, 0.46, "decode,\nrelax, judge")


def _draw_training(scheme: Scheme, real: NDArray[np.float32], made: NDArray[np.float32], loss: str) -> None:
    """Generator, discriminator and the loss that both follow."""
    y, above = GENERATOR, DISCRIMINATOR
    reach = float(max(np.abs(real).max(), np.abs(made).max()))
    strip = scheme.picture((0.4, y), 0.12, 1.0)
    strip.imshow(np.random.default_rng(0).normal(size=(20, 1)), cmap="Greys", aspect="auto")
    scheme.text((0.4, y - 0.74), f"noise\n{NOISE} values")
    scheme.arrow((0.5, y), (0.8, y))
    scheme.network((1.35, y), 1.1, 0.9, "generator", "left")
    scheme.arrow((1.9, y), (2.3, y))
    _colours(scheme.picture((2.85, y), 1.1), made, reach)
    scheme.text((2.85, y - 0.66), f"generated graph, {made.shape[0]} $\\times$ {made.shape[1]}", va="top")
    _colours(scheme.picture((2.85, above + 0.05), 0.9), real, reach)
    scheme.text((2.3, above + 0.05), "graph of\nthe database", ha="right")
    scheme.arrow((3.32, above + 0.05), (3.85, above + 0.05))
    scheme.arrow((3.42, y + 0.3), (3.62, y + 0.3), (3.62, above - 0.2), (3.85, above - 0.2))
    scheme.network((4.4, above), 1.1, 0.9, "discriminator", "right")
    scheme.arrow((4.95, above), (5.3, above))
    scheme.box((5.95, above), 1.25, 0.5, "database or\ngenerated?")
    corners = (5.95, above + 0.27), (5.95, 3.58), (1.35, 3.58), (1.35, y + 0.42)
    scheme.arrow(*corners, label=loss, at=(5.0, 3.47), **TRAINING)
    scheme.arrow((4.4, 3.58), (4.4, above + 0.4), **TRAINING)


def _draw_screening(scheme: Scheme, tolerance: float) -> None:
    """The constraint behind the training: it screens what the generator makes."""
    y, below = GENERATOR, 0.5
    scheme.arrow((3.42, y), (3.85, y))
    scheme.network((4.4, y), 1.1, 0.9, "constraint", "right", FROZEN)
    scheme.arrow((4.95, y), (5.3, y))
    scheme.box((5.95, y), 1.25, 0.55, f"predicted {style.FORMATION_ENERGY}\n$\\leq$ {tolerance:g} eV/atom?")
    scheme.arrow((5.95, y - 0.29), (5.95, below + 0.25), label="yes", at=(6.12, y - 0.6))
    scheme.arrow((6.59, y), (6.85, y), label="no", at=(6.7, y + 0.13))
    scheme.text((6.89, y), "screened\nout", ha="left", fontsize=SMALL - 1)
    scheme.box((5.95, below), 1.25, 0.46, "decode,\nrelax, judge")
    scheme.text((4.4, y - 0.58), "after the training", color="0.35", style="italic")


def _draw_feedback(scheme: Scheme, weight: float) -> None:
    """The constraint in the training: its prediction enters the generator's loss."""
    y = GENERATOR
    scheme.arrow((3.42, y - 0.1), (3.85, y - 0.1))
    scheme.network((4.4, y - 0.1), 1.1, 0.9, "constraint\n(frozen)", "right", FROZEN)
    scheme.arrow((4.95, y - 0.1), (5.3, y - 0.1))
    scheme.box((5.95, y - 0.1), 1.25, 0.5, f"predicted {style.FORMATION_ENERGY}")
    corners = (5.95, y - 0.36), (5.95, 0.66), (1.35, 0.66), (1.35, y - 0.42)
    term = f"$+\\ \\omega$ {style.FORMATION_ENERGY},  $\\omega$ = {weight:g} (Eq. 2)"
    scheme.arrow(*corners, label=term, at=(4.6, 0.79), **TRAINING)
    scheme.arrow((2.85, y - 0.84), (2.85, 0.4), color="0.0")
    scheme.box((2.85, 0.24), 1.5, 0.3, "decode, relax, judge")


def _density(axes: Axes, voxel: NDArray[np.float32], colour: str) -> None:
    """A voxel seen along its second axis, the largest value in each line of sight."""
    ramp = LinearSegmentedColormap.from_list("density", ["white", colour])
    axes.imshow(voxel.max(axis=1).T, cmap=ramp, origin="lower", vmin=0)


def _colours(axes: Axes, values: NDArray[np.float32], reach: float | None = None) -> None:
    """Values of a graph or of latents in colours, zero in white."""
    reach = reach or float(np.abs(values).max()) or 1.0
    axes.imshow(values, cmap="RdBu_r", vmin=-reach, vmax=reach)
