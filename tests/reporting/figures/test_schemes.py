import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from ccdcgan.crystals.structures import read_table
from ccdcgan.generators.gan import LATENT
from ccdcgan.reporting.figures import schemes
from ccdcgan.reporting.figures.crystals import choose
from ccdcgan.reporting.figures.schemes import gan_scheme, representation_scheme
from ccdcgan.representation.crystal_graphs import edge, read_graphs, unpack
from ccdcgan.representation.voxels.storage import VoxelFile
from tests.reporting.small_run import VOXELS, Run


def images(figure: Figure) -> list[np.ndarray]:
    return [np.asarray(axes.images[0].get_array()) for axes in figure.axes if axes.images]


def texts(figure: Figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in figure.axes[0].texts]


@pytest.mark.parametrize("name", ["run", "ternary"])
def test_what_is_shown_belongs_to_one_crystal(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, figures: list[Figure]
) -> None:
    run: Run = request.getfixturevalue(name)
    representation_scheme(
        run.structures, run.database, run.voxels, run.graphs, tmp_path / "a.png", latents={"lattice": 25, "sites": 200}
    )
    graphs = read_graphs(run.graphs)
    (crystal,) = choose(read_table(run.database), [], 1)
    graph = graphs.graphs[graphs.ids.index(crystal)]
    with VoxelFile(run.voxels) as file:
        index = file.ids.index(crystal)
        voxels = [file.lattice(index), *file.sites(index)]
    lattice, sites = unpack(graph[None], elements=len(run.system), lattice_latent=25, sites_latent=200)
    expected = [*(voxel.max(axis=1).T for voxel in voxels), lattice.T, sites[0].T, graph]
    for drawn, wanted in zip(images(figures[0]), expected, strict=True):
        np.testing.assert_array_equal(drawn, wanted)
    size = edge(len(run.system))
    assert f"{size} $\\times$ {size}" in texts(figures[0])
    assert f"lattice voxel, {VOXELS.lattice_grid}$^3$" in texts(figures[0])
    assert {"latent, 25 values", "latent, 200 values each", *run.system} <= set(texts(figures[0]))


def test_the_constraint_screens_or_takes_part_in_the_training(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    made = run.generated("dcgan")["dcgan"][0]
    gan_scheme(run.graphs, made, tmp_path / "a.png")
    gan_scheme(run.graphs, made, tmp_path / "b.png", tolerance=0.25)
    gan_scheme(run.graphs, made, tmp_path / "c.png", weight=0.05)
    plain, screened, fed_back = figures
    assert not any("constraint" in text for text in texts(plain))
    assert any("0.25 eV/atom?" in text for text in texts(screened))
    assert any("$\\omega$ = 0.05 (Eq. 2)" in text for text in texts(fed_back))
    assert "cross-entropy (Eq. 1)" in texts(screened)
    for figure in figures:
        assert any(str(schemes.NOISE) in text for text in texts(figure))
        _, generated, real = images(figure)
        np.testing.assert_array_equal(generated, read_graphs(made).graphs[0])
        np.testing.assert_array_equal(real, read_graphs(run.graphs).graphs[0])


def test_the_noise_is_as_long_as_the_generators_input() -> None:
    assert schemes.NOISE == LATENT


def test_no_text_leaves_the_figure(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    made = run.generated("dcgan")["dcgan"][0]
    gan_scheme(run.graphs, made, tmp_path / "b.png", tolerance=0.3)
    gan_scheme(run.graphs, made, tmp_path / "c.png", weight=0.1)
    representation_scheme(
        run.structures, run.database, run.voxels, run.graphs, tmp_path / "a.png", latents={"lattice": 25, "sites": 200}
    )
    for figure in figures:
        for text in figure.axes[0].texts:
            box = text.get_window_extent()
            assert min(box.x0, box.y0) >= 0
            assert box.x1 <= math.ceil(figure.bbox.x1)
            assert box.y1 <= math.ceil(figure.bbox.y1)
        assert any(isinstance(patch, Polygon) for patch in figure.axes[0].patches)
