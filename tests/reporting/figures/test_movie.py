from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ccdcgan.reporting.figures.movie import FRAMES, draw_frame, movie, tolerances
from ccdcgan.representation.crystal_graphs import CrystalGraphs, read_graphs, write_graphs
from tests.reporting.small_run import Run


def test_tolerances_fall_from_all_graphs_to_a_twentieth() -> None:
    predicted = np.append(np.random.default_rng(0).normal(size=400), [50, np.nan])
    levels = tolerances(predicted)
    assert len(levels) == FRAMES
    assert (np.diff(levels) < 0).all()
    kept = [(predicted <= level).sum() for level in levels]
    assert kept[0] == 401
    assert kept[-1] == pytest.approx(401 / 20, abs=1)
    assert np.ptp(np.diff(kept)) <= 1
    assert len(tolerances(np.full(3, np.nan))) == 1


def test_a_frame_shows_every_graph_on_its_side() -> None:
    axes = Figure().subplots()
    places, kept = np.arange(10.0).reshape(5, 2), np.array([True, False, True, False, False])
    draw_frame(axes, np.zeros((3, 2)), places, kept, -0.25, "dcgan")
    drawn = {str(points.get_label()): np.asarray(points.get_offsets()) for points in axes.collections}
    np.testing.assert_array_equal(drawn["DCGAN, kept (n = 2)"], places[kept])
    np.testing.assert_array_equal(drawn["DCGAN, screened out (n = 3)"], places[~kept])
    assert len(drawn["database (n = 3)"]) == 3
    assert "−0.250 eV/atom" in axes.get_title()


def test_the_same_run_gives_the_same_movie(run: Run, tmp_path: Path) -> None:
    paths = run.generated("dcgan")["dcgan"]
    for name in ("one", "two"):
        movie(run.graphs, paths, tmp_path / f"{name}.png", model="dcgan")
    for suffix in (".png", ".gif"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    with Image.open(tmp_path / "one.png") as png:
        assert png.n_frames == FRAMES
    with Image.open(tmp_path / "one.gif") as gif:
        assert gif.n_frames == FRAMES
        blue = []
        for frame in (0, FRAMES - 1):
            gif.seek(frame)
            pixels = np.asarray(gif.convert("RGB")).astype(int)
            blue.append((np.abs(pixels - [0x56, 0xB4, 0xE9]).max(axis=-1) < 30).sum())
    # 18 graphs, of which the last frame keeps one, beside the star in the legend.
    assert blue[1] < 0.5 * blue[0]


def test_graphs_without_predictions_are_one_frame(run: Run, tmp_path: Path) -> None:
    database = read_graphs(run.graphs)
    write_graphs(tmp_path / "bare.h5", CrystalGraphs(["dcgan-0"], database.graphs[:1]))
    movie(run.graphs, [tmp_path / "bare.h5"], tmp_path / "movie.png", model="dcgan")
    with Image.open(tmp_path / "movie.gif") as gif:
        assert getattr(gif, "n_frames", 1) == 1
