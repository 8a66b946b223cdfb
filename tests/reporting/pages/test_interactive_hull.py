import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition

from ccdcgan.crystals.structures import read_structures, write_structures
from ccdcgan.reporting.pages import interactive_hull as interactive
from ccdcgan.reporting.pages.interactive_hull import interactive_hull
from tests.reporting.small_run import Run

VARIANTS = ("dcgan", "dcgan+constraint", "ccdcgan")


def structures(run: Run) -> list[Path]:
    return [run.structures, run.candidates("dcgan"), run.candidates("ccdcgan")]


def constant(page: Path, name: str) -> Any:
    """Value of a constant of the page's script."""
    found = re.search(rf"^const {name} = (.*);$", page.read_text(), re.MULTILINE)
    assert found
    return json.loads(found[1])


def test_every_structure_can_be_pointed_at_and_opened(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "hull.html"
    interactive_hull(run.database, run.hull(*VARIANTS), structures(run), run.system, page)
    *series, line = constant(page, "hull")["data"]
    crystals, elements = constant(page, "crystals"), constant(page, "elements")
    assert line["name"] == "hull of the database"
    assert [element["symbol"] for element in elements] == run.system
    atoms = {frame.info["id"]: frame for path in structures(run) for frame in read_structures(path)}
    for path, trace in zip([run.database, *run.hull(*VARIANTS).values()], series, strict=True):
        table = pd.read_csv(path)
        np.testing.assert_allclose(trace["y"], table["formation_energy"])
        for (name, text), (_, row) in zip(trace["customdata"], table.iterrows(), strict=True):
            assert name == row["id"]
            energies = [f"{row[column]:z.3f}".replace("-", "−") for column in ("formation_energy", "energy_above_hull")]
            assert all(part in text for part in (row["formula"], name, *energies))
            own = atoms[name]
            assert [elements[kind]["symbol"] for kind, *_ in crystals[name]["atoms"]] == list(own.symbols)
            drawn = np.array([place for _, *place in crystals[name]["atoms"]]) @ np.reshape(
                crystals[name]["cell"], (3, 3)
            )
            np.testing.assert_allclose(drawn, own.positions, atol=0.01)


def test_known_phases_are_a_series_of_their_own(run: Run, tmp_path: Path) -> None:
    (known,) = read_structures(run.structures)[:1]
    known.info["id"] = "Bi2Se3"
    write_structures(tmp_path / "known.extxyz", [known])
    row = {"id": "Bi2Se3", "formula": "Bi2Se3", "x": 0.6, "formation_energy": -0.3, "energy_above_hull": 0.0}
    pd.DataFrame([{**row, "space_group": 166.0}, {"id": "BiSe3"}]).to_csv(tmp_path / "known.csv", index=False)
    page = tmp_path / "hull.html"
    paths = [run.structures, tmp_path / "known.extxyz"]
    interactive_hull(run.database, {}, paths, run.system, page, known=tmp_path / "known.csv")
    trace = constant(page, "hull")["data"][1]
    assert (trace["name"], trace["x"]) == ("known phases (n = 1)", [0.6])
    assert "space group 166" in trace["customdata"][0][1]
    assert "Bi2Se3" in constant(page, "crystals")


def test_three_elements_make_a_triangle(ternary: Run, tmp_path: Path) -> None:
    page = tmp_path / "hull.html"
    interactive_hull(ternary.database, ternary.hull("ccdcgan"), structures(ternary), ternary.system, page)
    plot = constant(page, "hull")
    traces = plot["data"]
    assert [trace["type"] for trace in traces] == ["scatterternary"] * 2
    table = pd.read_csv(ternary.database).set_index("id")
    shown = [name for name, _ in traces[0]["customdata"]]
    assert sorted(shown) == sorted(table.index)
    np.testing.assert_allclose(traces[0]["marker"]["color"], table["energy_above_hull"][shown])
    assert traces[0]["marker"]["color"] == sorted(traces[0]["marker"]["color"], reverse=True)
    for axis, symbol in zip("abc", ternary.system, strict=True):
        own = [Composition(formula).get_atomic_fraction(symbol) for formula in table["formula"][shown]]
        np.testing.assert_allclose(traces[0][axis], own)
        assert plot["layout"]["ternary"][f"{axis}axis"]["title"]["text"] == symbol


def test_the_page_needs_no_network_and_no_id_ends_its_script(run: Run, tmp_path: Path) -> None:
    atoms = read_structures(run.structures)
    evil = "</script><img>"
    table = pd.read_csv(run.database)
    table.loc[0, "id"] = atoms[0].info["id"] = evil
    table.to_csv(tmp_path / "database.csv", index=False)
    page = tmp_path / "hull.html"
    interactive_hull(tmp_path / "database.csv", {}, [run.structures, _written(tmp_path, atoms)], run.system, page)
    text = page.read_text()
    assert len(text) > 1_000_000, "plotly.js is part of the page"
    assert 'src="http' not in text
    assert text.count("</script>") == 2
    assert "<img" not in constant(page, "hull")["data"][0]["customdata"][0][1]


def _written(folder: Path, atoms: list) -> Path:
    write_structures(folder / "atoms.extxyz", atoms)
    return folder / "atoms.extxyz"


@pytest.mark.parametrize(("many", "kind"), [(10, "scattergl"), (1000, "scatter")])
def test_many_points_are_drawn_by_the_graphics_processor(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, kind: str
) -> None:
    monkeypatch.setattr(interactive, "MANY", many)
    interactive_hull(run.database, {}, [run.structures], run.system, tmp_path / "hull.html")
    assert constant(tmp_path / "hull.html", "hull")["data"][0]["type"] == kind


def test_the_flow_has_a_symbol_of_its_own(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "hull.html"
    interactive_hull(run.database, {"flow": run.hull("ccdcgan")["ccdcgan"]}, structures(run), run.system, page)
    symbols = [trace["marker"]["symbol"] for trace in constant(page, "hull")["data"] if "marker" in trace]
    assert symbols == ["circle", "cross-open"]
