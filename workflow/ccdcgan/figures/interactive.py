"""The hull as a page to explore with the mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from ccdcgan.figures import style
from ccdcgan.figures.hull import hull_line, read_variants
from ccdcgan.structures import read_table

__all__ = ["interactive_hull"]


def interactive_hull(
    database: Path | str, candidates: Mapping[str, Path | str], system: Sequence[str], output: Path | str
) -> None:
    """Write formation energy against composition as a page that names the structure under the mouse.

    The page needs no network. It opens at limits that far outliers do not stretch; a double click shows all.

    Parameters
    ----------
    database, candidates, system
        As for `hull.hull_scatter`.
    output
        HTML file to write.
    """
    table = read_table(database)
    series = [(style.DATABASE, table)]
    series += [(style.SERIES[name], rows) for name, rows in read_variants(candidates).items()]
    corners = hull_line(table, system) if len(system) == 2 else np.zeros((1, 2))
    energies = [rows["formation_energy"].astype(float) for _, rows in series]
    plot = go.Figure()
    for look, rows in series:
        plot.add_scatter(
            x=rows["x"].astype(float).tolist(),
            y=rows["formation_energy"].astype(float).tolist(),
            customdata=rows[["id", "formula", "energy_above_hull", "space_group"]].to_numpy().tolist(),
            mode="markers",
            name=f"{look.label} (n = {len(rows):,})",
            marker={
                "color": look.colour,
                "size": 5 if look is style.DATABASE else 9,
                "symbol": ("star" if look.marker == "*" else "circle") + ("" if look.filled else "-open"),
            },
            hovertemplate="<b>%{customdata[1]}</b> (%{customdata[0]})<br>formation energy %{y:.3f} eV/atom<br>"
            "above hull %{customdata[2]:.3f} eV/atom<br>space group %{customdata[3]}<extra></extra>",
        )
    if len(system) == 2:
        x, y = corners.T.tolist()
        plot.add_scatter(x=x, y=y, mode="lines", name="hull of the database", line={"color": "black"}, hoverinfo="skip")
    plot.update_layout(
        template="simple_white",
        xaxis={"title": f"atomic fraction of {system[-1]}", "range": [-0.02, 1.02]},
        yaxis={
            "title": "formation energy (eV/atom)",
            "range": list(style.robust_limits(energies, keep=corners[:, 1])),
        },
        legend={"orientation": "h", "y": 1.08},
    )
    # A fixed id of the element, else the page differs from run to run.
    plot.write_html(output, include_plotlyjs=True, full_html=True, div_id="hull")
