from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ccdcgan.crystals.structures import read_structures, write_structures
from ccdcgan.reporting.figures.screening import draw_screening, screening
from tests.reporting.small_run import Run


def heights(figure: Figure) -> dict[str, list[float]]:
    axes = figure.axes[0]
    labels = axes.get_legend_handles_labels()[1]
    return {
        label: [patch.get_height() for patch in drawn] for label, drawn in zip(labels, axes.containers, strict=True)
    }


def test_simple_fractions_are_in_the_middle_of_a_bin() -> None:
    figure = Figure()
    draw_screening(figure.subplots(), pd.Series([0, 0.5, 0.5, 1]), pd.Series([True, True, False, True]))
    kept, out = heights(figure).values()
    assert [kept[place] for place in (0, 10, 20)] == [1, 1, 1]
    assert out[10] == 1
    assert sum(kept) + sum(out) == 4
    middle = figure.axes[0].patches[10]
    assert middle.get_x() + middle.get_width() / 2 == 0.5


def test_crystals_above_the_tolerance_are_screened_out(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    crystals = read_structures(run.candidates("dcgan"))
    predicted = np.linspace(-1, 1, len(crystals))
    for atoms, value in zip(crystals, predicted, strict=True):
        atoms.info["predicted_formation_energy"] = value
    write_structures(tmp_path / "0000.extxyz", crystals[:5])
    write_structures(tmp_path / "0001.extxyz", crystals[5:])
    paths = [tmp_path / "0000.extxyz", tmp_path / "0001.extxyz"]
    for tolerance in (0.3, 5):
        screening(paths, run.system, tmp_path / "s.png", variant="dcgan+constraint", tolerance=tolerance)
        kept = int((predicted <= tolerance).sum())
        labels = [f"kept (n = {kept})", f"screened out (n = {len(crystals) - kept})"]
        assert list(heights(figures[-1])) == labels
        assert [sum(bars) for bars in heights(figures[-1]).values()] == [kept, len(crystals) - kept]
    screening([], run.system, tmp_path / "s.png", variant="dcgan+constraint", tolerance=0.3)
