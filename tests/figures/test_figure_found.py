from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from small_run import Run

from ccdcgan.figures import style
from ccdcgan.figures.found import new_structure


@pytest.mark.parametrize("variant", ["dcgan", "dcgan+constraint"])
def test_the_structure_at_a_place_is_drawn(run: Run, tmp_path: Path, figures: list[Figure], variant: str) -> None:
    table = pd.read_csv(run.hull(variant)[variant])
    best = table[table["distinct"]].sort_values("energy_above_hull")
    for rank in (1, 2):
        path = tmp_path / f"{rank}.png"
        new_structure(run.hull(variant)[variant], [run.candidates("dcgan")], run.system, path, rank=rank)
        row, axes = best.iloc[rank - 1], figures[-1].axes[0]
        title = axes.get_title()
        assert title.startswith(f"{style.SERIES[variant].label}, place {rank}: {style.formula(row['formula'])}")
        for column in ("formation_energy", "energy_above_hull"):
            assert f"= {style.energy(row[column])} eV/atom" in title
        assert [text.get_text() for text in axes.texts] == [row["id"]]
        assert sum(isinstance(patch, Circle) for patch in axes.patches) >= row["n_atoms"]


def test_a_place_that_nothing_has_is_said(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    empty = tmp_path / "dcgan.csv"
    pd.read_csv(run.hull("dcgan")["dcgan"]).iloc[:3].to_csv(empty, index=False)
    new_structure(empty, [run.candidates("dcgan")], run.system, tmp_path / "none.png", rank=3)
    (text,) = figures[0].axes[0].texts
    assert text.get_text().replace("\n", " ") == "DCGAN: 2 distinct of 3 candidates, none at place 3"
