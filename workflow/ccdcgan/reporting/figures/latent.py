"""The latent space of database and generated crystal graphs (Fig. 2c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from ccdcgan.crystals.structures import read_table
from ccdcgan.reporting import style
from ccdcgan.representation.crystal_graphs import read_graphs

__all__ = ["draw_latent_space", "latent_space", "read_clouds", "rows_of"]

COLOURS = "viridis"


def latent_space(
    graphs: Path | str, database: Path | str, generated: Mapping[str, Sequence[Path | str]], output: Path | str
) -> None:
    """Map crystal graphs onto the first two principal components of the database's, a panel for each model.

    Parameters
    ----------
    graphs
        HDF5 of the database's crystal graphs, at least two.
    database
        CSV of the database, for the computed formation energies.
    generated
        Model -> HDF5 files of its generated crystal graphs, with predicted formation energies; at least one model.
    output
        PNG to write, with an SVG beside it.
    """
    known = read_graphs(graphs)
    computed = read_table(database).set_index("id")["formation_energy"].loc[known.ids].to_numpy(float)
    components = PCA(2, svd_solver="full").fit(rows_of(known.graphs))
    clouds = {model: read_clouds(paths) for model, paths in generated.items()}
    limits = style.robust_limits([computed], keep=[0])
    first, second = components.explained_variance_ratio_
    with style.figure(output, 4.0 * len(clouds) + 1.2, 4.3) as figure:
        panels = figure.subplots(1, len(clouds), squeeze=False, sharex=True, sharey=True)[0]
        for axes, (model, (rows, energies)) in zip(panels, clouds.items(), strict=True):
            points = components.transform(rows) if len(rows) else np.empty((0, 2))
            drawn = draw_latent_space(
                axes, components.transform(rows_of(known.graphs)), computed, points, energies, model, limits
            )
            axes.set_xlabel(f"first principal component ({first:.1%} of variance)")
        panels[0].set_ylabel(f"second principal component ({second:.1%})")
        figure.colorbar(drawn, ax=list(panels), extend="both", label=f"{style.FORMATION_ENERGY} (eV/atom)")


def draw_latent_space(
    axes: Axes,
    database: NDArray[np.float64],
    computed: NDArray[np.float64],
    generated: NDArray[np.float64],
    predicted: NDArray[np.float64],
    model: str,
    limits: tuple[float, float],
) -> PathCollection:
    """Draw generated graphs as stars and the database's, above them, as circles.

    Parameters
    ----------
    axes
        To draw on.
    database, generated
        Coordinates, shape (n, 2).
    computed, predicted
        Formation energies that give the colours, in eV/atom; grey where not known.
    model
        That generated the graphs.
    limits
        Of the colours, in eV/atom.

    Returns
    -------
    PathCollection
        The database's points.
    """
    look = style.SERIES[model].label

    def draw(points: NDArray[np.float64], energies: NDArray[np.float64], marker: str, size: float, label: str) -> Any:
        return axes.scatter(
            points[:, 0],
            points[:, 1],
            c=energies,
            s=size,
            marker=marker,
            cmap=COLOURS,
            vmin=limits[0],
            vmax=limits[1],
            plotnonfinite=True,
            edgecolors="k",
            linewidths=0.3,
            label=f"{label} (n = {len(points):,})",
            rasterized=True,
        )

    draw(generated, predicted, "*", 36, f"{look}, predicted")
    drawn: PathCollection = draw(database, computed, "o", 16, "database, computed")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return drawn


def rows_of(graphs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Graphs of shape (n, edge, edge) as n rows."""
    return graphs.reshape(len(graphs), -1).astype(float)


def read_clouds(paths: Sequence[Path | str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Graphs as rows and their predicted formation energies, nan where a file has none."""
    rows, energies = [], [np.empty(0)]
    for batch in map(read_graphs, paths):
        rows.append(rows_of(batch.graphs))
        predicted = batch.predicted_formation_energy
        energies.append(np.full(len(batch.ids), np.nan) if predicted is None else predicted.astype(float))
    return np.concatenate(rows) if rows else np.empty((0, 0)), np.concatenate(energies)
