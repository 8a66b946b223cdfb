"""How the constraint shrinks the populated region of the latent space (Movie 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from sklearn.decomposition import PCA

from ccdcgan.reporting import style
from ccdcgan.reporting.figures.latent import read_clouds, rows_of
from ccdcgan.representation.crystal_graphs import read_graphs

__all__ = ["draw_frame", "movie", "tolerances"]

FRAMES = 24
FRAME_TIME = 250
"""Milliseconds; the first and the last frame stay four times as long."""
DPI = 110


def movie(graphs: Path | str, samples: Sequence[Path | str], output: Path | str, *, model: str) -> None:
    """Show which generated graphs the constraint lets through while its tolerance falls.

    Parameters
    ----------
    graphs
        HDF5 of the database's crystal graphs, whose first two principal components are the map; at least two.
    samples
        HDF5 files of a model's generated graphs, with predicted formation energies.
    output
        Animated PNG to write, which the report plays, with a GIF beside it.
    model
        Name of the model.
    """
    database = rows_of(read_graphs(graphs).graphs)
    made, predicted = read_clouds(samples)
    components = PCA(2, svd_solver="full").fit(database)
    places = components.transform(database), components.transform(made) if len(made) else np.empty((0, 2))
    limits = [style.robust_limits([points[:, axis] for points in places], keep=[0]) for axis in (0, 1)]
    images = []
    with matplotlib.style.context(["default", style.STYLE]):
        for tolerance in tolerances(predicted):
            figure = Figure(figsize=(4.6, 4.4), dpi=DPI, layout="constrained")
            canvas = FigureCanvasAgg(figure)
            axes = figure.subplots()
            draw_frame(axes, *places, predicted <= tolerance, tolerance, model)
            axes.set(xlim=limits[0], ylim=limits[1])
            canvas.draw()
            images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    times = [FRAME_TIME] * len(images)
    times[0] = times[-1] = 4 * FRAME_TIME
    # The colours of the first frame serve all: none has others.
    palette = images[0].quantize(64)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    for suffix in (".png", ".gif"):
        first.save(Path(output).with_suffix(suffix), save_all=True, append_images=others, duration=times, loop=0)


def tolerances(predicted: NDArray[np.float64], frames: int = FRAMES) -> NDArray[np.float64]:
    """Tolerances of the frames, in eV/atom, from one that lets all graphs through down to the lowest twentieth.

    Each step takes as many graphs as the others, so that a few far predictions do not stretch the movie.
    """
    known = predicted[np.isfinite(predicted)]
    if not len(known):
        return np.zeros(1)
    return np.quantile(known, np.linspace(1, 0.05, frames))


def draw_frame(
    axes: Axes,
    database: NDArray[np.float64],
    generated: NDArray[np.float64],
    kept: NDArray[np.bool_],
    tolerance: float,
    model: str,
) -> None:
    """Draw the map at one tolerance.

    Parameters
    ----------
    axes
        To draw on.
    database, generated
        Coordinates, shape (n, 2).
    kept
        Which generated graphs are let through, shape (n,).
    tolerance
        In eV/atom.
    model
        Name of the model.
    """
    label, colour = style.SERIES[model].label, style.SERIES["dcgan+constraint"].colour
    looks = (
        (generated[~kept], "0.85", "*", 30, f"{label}, screened out (n = {(~kept).sum():,})"),
        (generated[kept], colour, "*", 36, f"{label}, kept (n = {kept.sum():,})"),
        (database, style.DATABASE.colour, "o", 6, f"database (n = {len(database):,})"),
    )
    for order, (points, face, marker, size, text) in enumerate(looks):
        axes.scatter(
            points[:, 0], points[:, 1], s=size, marker=marker, color=face, linewidths=0, label=text, zorder=order + 1
        )
    axes.set_title(f"predicted {style.FORMATION_ENERGY} $\\leq$ {style.energy(tolerance)} eV/atom", fontsize=10)
    axes.set(xlabel="first principal component", ylabel="second principal component")
    axes.figure.legend(loc="outside upper center", ncols=1)
