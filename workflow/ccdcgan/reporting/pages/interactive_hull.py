"""The hull as a page to explore with the mouse, each structure in three dimensions at a click."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from markupsafe import Markup
from plotly.offline import get_plotlyjs
from pymatgen.core import Composition

from ccdcgan.crystals.structures import read_structures, read_table
from ccdcgan.reporting import style
from ccdcgan.reporting.figures.hull import energy_axis, hull_line, read_variants

__all__ = ["interactive_hull"]

MANY = 2000
"""Points from which the browser's graphics processor draws them."""
KNOWN = style.Series("known phases", style.BLACK, "^", 34)
LAYOUT = {
    "template": "simple_white",
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    "margin": {"l": 70, "r": 50, "t": 20, "b": 60},
    "modebar": {"orientation": "v"},
}

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The hull, to explore</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; color: #222; margin: 0; }
main { display: flex; flex-wrap: wrap; height: 100vh; }
#hull { flex: 3 1 30rem; min-height: 26rem; height: 100%; }
aside { flex: 2 1 22rem; min-height: 26rem; height: 100%; display: flex; flex-direction: column; }
#about { margin: 1rem 1rem 0; min-height: 5.5em; overflow-wrap: anywhere; }
#structure { flex: 1; min-height: 18rem; }
</style>
<script>{{ plotly }}</script>
</head>
<body>
<main>
<div id="hull"></div>
<aside><p id="about">Click a point of the hull to see its structure here.</p><div id="structure"></div></aside>
</main>
<script>
const hull = {{ hull }};
const crystals = {{ crystals }};
const elements = {{ elements }};
{{ code }}
</script>
</body>
</html>
"""

CODE = """
const dot = (f, cell) => [0, 1, 2].map(k => f[0] * cell[k] + f[1] * cell[3 + k] + f[2] * cell[6 + k]);
const distance = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);

// Atoms of the cell, and the images of those on its faces.
function shown(crystal) {
  const atoms = [];
  for (const [kind, ...place] of crystal.atoms) {
    const f = place.map(v => { const w = v - Math.floor(v); return w > 0.99 ? w - 1 : w; });
    const ends = f.map(v => v < 0.01 ? [v, v + 1] : [v]);
    for (const x of ends[0]) for (const y of ends[1]) for (const z of ends[2])
      atoms.push({ kind: kind, at: dot([x, y, z], crystal.cell) });
  }
  return atoms;
}

function lines(pairs, look) {
  const trace = { type: "scatter3d", mode: "lines", hoverinfo: "skip", x: [], y: [], z: [], ...look };
  for (const [p, q] of pairs) {
    trace.x.push(p[0], q[0], null);
    trace.y.push(p[1], q[1], null);
    trace.z.push(p[2], q[2], null);
  }
  return trace;
}

function show(id, text) {
  document.getElementById("about").innerHTML = text;
  const crystal = crystals[id];
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map(n => [n & 1, (n >> 1) & 1, n >> 2]);
  const edges = [];
  for (const p of corners) for (const q of corners)
    if (p[0] + 2 * p[1] + 4 * p[2] < q[0] + 2 * q[1] + 4 * q[2]
        && Math.abs(p[0] - q[0]) + Math.abs(p[1] - q[1]) + Math.abs(p[2] - q[2]) === 1)
      edges.push([dot(p, crystal.cell), dot(q, crystal.cell)]);
  const atoms = shown(crystal);
  const bonds = [];
  atoms.forEach((a, i) => atoms.slice(0, i).forEach(b => {
    if (distance(a.at, b.at) < 1.2 * (elements[a.kind].radius + elements[b.kind].radius)) bonds.push([a.at, b.at]);
  }));
  const traces = [lines(edges, { showlegend: false, line: { color: "#888", width: 2 } }),
                  lines(bonds, { name: "within 1.2 covalent radii", line: { color: "#444", width: 5 } })];
  elements.forEach((element, kind) => {
    const own = atoms.filter(a => a.kind === kind);
    if (own.length) traces.push({
      type: "scatter3d", mode: "markers", name: element.symbol, hovertemplate: element.symbol + "<extra></extra>",
      x: own.map(a => a.at[0]), y: own.map(a => a.at[1]), z: own.map(a => a.at[2]),
      marker: { size: 11 * element.radius, color: element.colour, line: { color: "black", width: 1 }, opacity: 1 },
    });
  });
  const axis = { visible: false };
  Plotly.react("structure", traces, {
    margin: { l: 0, r: 0, t: 0, b: 0 }, legend: { orientation: "h", y: 0 },
    scene: { aspectmode: "data", xaxis: axis, yaxis: axis, zaxis: axis,
             camera: { projection: { type: "orthographic" } } },
  }, { displaylogo: false, responsive: true });
}

Plotly.newPlot("hull", hull.data, hull.layout, { displaylogo: false, responsive: true }).then(plot => {
  plot.on("plotly_click", event => {
    const point = event.points[0];
    if (point.customdata) show(point.customdata[0], point.customdata[1]);
  });
});
"""


def interactive_hull(
    database: Path | str,
    candidates: Mapping[str, Path | str],
    structures: Sequence[Path | str],
    system: Sequence[str],
    output: Path | str,
    *,
    known: Path | str | None = None,
) -> None:
    """Write energy against composition as a page that names the structure under the mouse.

    Two elements: formation energy against composition, with the hull. Three: the Gibbs triangle, where the colour is
    the energy above the hull. More: energy above the hull against the fraction of the last one.

    A click draws the structure beside it, to be turned. The page needs no network. It opens at limits that far outliers
    do not stretch; a double click shows all.

    Parameters
    ----------
    database, candidates, system
        As for `hull.hull_scatter`.
    structures
        Extended XYZ files that hold the structures of all tables.
    output
        HTML file to write.
    known
        CSV of the known phases; None draws none.
    """
    table = read_table(database)
    series = [(style.DATABASE, table)]
    series += [(style.SERIES[name], rows) for name, rows in read_variants(candidates).items()]
    if known is not None:
        phases = read_table(known)
        series.append((KNOWN, phases[phases["formation_energy"].notna()]))
    wanted = {name for _, rows in series for name in rows["id"]}
    atoms = {frame.info["id"]: frame for path in structures for frame in read_structures(path)}
    plot = _triangle(series, system) if len(system) == 3 else _plot(series, table, system)
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(PAGE)
    Path(output).write_text(
        page.render(
            plotly=Markup(get_plotlyjs()),
            hull=_json(json.loads(plot.to_json())),
            crystals=_json({name: _crystal(atoms[name], system) for name in sorted(wanted)}),
            elements=_json(
                [
                    {
                        "symbol": symbol,
                        "colour": style.ELEMENTS[place % len(style.ELEMENTS)],
                        "radius": round(float(covalent_radii[atomic_numbers[symbol]]), 2),
                    }
                    for place, symbol in enumerate(system)
                ]
            ),
            code=Markup(CODE),
        )
    )


def _plot(
    series: Sequence[tuple[style.Series, pd.DataFrame]], database: pd.DataFrame, system: Sequence[str]
) -> go.Figure:
    """Points of every series, whose data hold id and description, and the hull of a binary system."""
    corners = hull_line(database, system) if len(system) == 2 else np.zeros((1, 2))
    kind = go.Scattergl if sum(len(rows) for _, rows in series) > MANY else go.Scatter
    column = energy_axis(system)
    energies = [rows[column].astype(float) for look, rows in series if look is not KNOWN]
    plot = go.Figure()
    for look, rows in series:
        plot.add_trace(
            kind(x=rows["x"].astype(float).tolist(), y=rows[column].astype(float).tolist(), **_points(look, rows))
        )
    if len(system) == 2:
        x, y = corners.T.tolist()
        plot.add_scatter(x=x, y=y, mode="lines", name="hull of the database", line={"color": "black"}, hoverinfo="skip")
    limits = style.robust_limits(energies, keep=corners[:, 1])
    plot.update_layout(
        **LAYOUT,
        xaxis={"title": f"atomic fraction of {system[-1]}", "range": [-0.02, 1.02]},
        yaxis={"title": f"{column.replace('_', ' ')} (eV/atom)", "range": list(limits)},
    )
    return plot


def _triangle(series: Sequence[tuple[style.Series, pd.DataFrame]], system: Sequence[str]) -> go.Figure:
    """Points of every series in the Gibbs triangle, coloured by the energy above the hull, lowest on top."""
    plot = go.Figure()
    for look, rows in series:
        ordered = rows.sort_values("energy_above_hull", ascending=False)
        energies = ordered["energy_above_hull"].astype(float)
        parts = [Composition(formula) for formula in ordered["formula"]]
        fractions = {
            axis: [part.get_atomic_fraction(symbol) for part in parts]
            for axis, symbol in zip("abc", system, strict=True)
        }
        points = _points(look, ordered)
        points["marker"] |= {"color": energies.tolist(), "coloraxis": "coloraxis"}
        plot.add_trace(go.Scatterternary(**fractions, **points))
    plot.update_layout(
        **LAYOUT,
        coloraxis={
            "cmin": 0,
            "cmax": 0.3,
            "colorscale": "Viridis",
            "colorbar": {"title": "energy above<br>hull (eV/atom)"},
        },
        ternary={f"{axis}axis": {"title": symbol} for axis, symbol in zip("abc", system, strict=True)},
    )
    return plot


def _points(look: style.Series, rows: pd.DataFrame) -> dict[str, Any]:
    """How the points of a series are drawn, and what they say."""
    symbols = {"o": "circle", "*": "star", "^": "triangle-up", "P": "cross"}
    return {
        "customdata": [[row["id"], _describe(row)] for _, row in rows.iterrows()],
        "mode": "markers",
        "name": f"{look.label} (n = {len(rows):,})",
        "marker": {
            "color": look.colour,
            "size": 5 if look is style.DATABASE else 9,
            "symbol": symbols[look.marker] + ("" if look.filled else "-open"),
        },
        "hovertemplate": "%{customdata[1]}<extra></extra>",
    }


def _describe(row: pd.Series) -> str:
    """Formula, id, energies and space group, in the few HTML tags that Plotly knows."""
    return (
        f"<b>{row['formula']}</b> ({_escaped(row['id'])})<br>"
        f"formation energy {style.energy(row['formation_energy'])} eV/atom<br>"
        f"above hull {style.energy(row['energy_above_hull'])} eV/atom<br>space group {int(row['space_group'])}"
    )


def _crystal(atoms: Atoms, system: Sequence[str]) -> dict[str, Any]:
    """Lattice vectors in one row (angstrom) and, for each atom, its place in the system and its scaled position."""
    kinds = [list(system).index(symbol) for symbol in atoms.symbols]
    places = atoms.get_scaled_positions(wrap=False).round(4).tolist()
    return {
        "cell": atoms.cell.array.ravel().round(3).tolist(),
        "atoms": [[kind, *place] for kind, place in zip(kinds, places, strict=True)],
    }


def _json(value: Any) -> Markup:
    """JSON that cannot end the script it stands in."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))


def _escaped(text: str) -> str:
    return str(Markup.escape(text))
