import json
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccdcgan.reporting.figures.reconstruction import draw_outcomes, reconstruction
from ccdcgan.representation.reconstruction_errors import RECONSTRUCTION_COLUMNS, Failure, summarize


def crystals(count: int = 60, held_out: int = 20) -> pd.DataFrame:
    random = np.random.default_rng(0)
    atoms = random.integers(2, 21, count)
    failures = random.choice([None, None, None, *map(str, Failure)], count)
    return pd.DataFrame(
        {
            "id": [f"crystal-{number}" for number in range(count)],
            "split": ["held_out"] * held_out + ["train"] * (count - held_out),
            "n_atoms": atoms,
            "volume": atoms * random.uniform(25, 35, count),
            "matched": [failure is None for failure in failures],
            "failure": failures,
        },
        columns=RECONSTRUCTION_COLUMNS,
    )


def write(table: pd.DataFrame, folder: Path) -> tuple[Path, Path]:
    table.to_csv(folder / "table.csv", index=False)
    (folder / "summary.json").write_text(json.dumps(summarize(table)))
    return folder / "table.csv", folder / "summary.json"


def bars(axes: Axes) -> dict[str, list[float]]:
    """Heights of the bars of each label."""
    labels = axes.get_legend_handles_labels()[1]
    return {
        label: [patch.get_height() for patch in drawn] for label, drawn in zip(labels, axes.containers, strict=True)
    }


def heights(figure: Figure) -> list[dict[str, float]]:
    """For each panel the sum of the bars of each label."""
    return [{label: sum(values) for label, values in bars(axes).items()} for axes in figure.axes]


def test_bars_add_up_to_the_counts_of_every_outcome() -> None:
    table = crystals()
    axes = Figure().subplots()
    draw_outcomes(axes, table, "n_atoms", np.arange(0.5, 21))
    found = bars(axes)
    assert {label: sum(values) for label, values in found.items()} == {
        "matched": table["matched"].sum(),
        "number of atoms": (table["failure"] == "atom_count").sum(),
        **{name: (table["failure"] == name).sum() for name in ("lattice", "positions", "rejected")},
    }
    matched = table.loc[table["matched"], "n_atoms"]
    assert found["matched"] == [(matched == number).sum() for number in range(1, 21)]


def test_both_sides_are_drawn_by_atoms_and_by_volume(tmp_path: Path, figures: list[Figure]) -> None:
    table = crystals()
    reconstruction(*write(table, tmp_path), tmp_path / "reconstruction.png")
    panels = heights(figures[0])
    assert panels[0] == panels[1]
    assert panels[2] == panels[3]
    assert [sum(panel.values()) for panel in panels] == [40, 40, 20, 20]
    counts = summarize(table)["held_out"]
    low, high = counts["interval"]
    expected = f"held out: {counts['matched']} of 20 matched, {counts['matched'] / 20:.0%} ({low:.0%} to {high:.0%})"
    assert figures[0].axes[2].get_title(loc="left") == expected


def test_all_matched_and_none_held_out(tmp_path: Path, figures: list[Figure]) -> None:
    table = crystals(held_out=0).assign(matched=True, failure=None)
    reconstruction(*write(table, tmp_path), tmp_path / "reconstruction.png")
    assert [panel["matched"] for panel in heights(figures[0])] == [60, 60, 0, 0]
    assert figures[0].axes[2].get_title(loc="left") == "held out: 0 of 0 matched"


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    paths = write(crystals(), tmp_path)
    for name in ("one", "two"):
        reconstruction(*paths, tmp_path / f"{name}.png")
    for suffix in (".png", ".svg"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
