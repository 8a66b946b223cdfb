from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ccdcgan.reporting.figures.latent import latent_space
from ccdcgan.representation.crystal_graphs import CrystalGraphs, read_graphs, write_graphs
from tests.reporting.small_run import DATABASE, GRAPHS, Run


def test_graphs_are_projected_on_the_principal_components_of_the_database(
    run: Run, tmp_path: Path, figures: list[Figure]
) -> None:
    generated = run.generated("dcgan", "ccdcgan")
    latent_space(run.graphs, run.database, generated, tmp_path / "latent.png")
    database = read_graphs(run.graphs)
    flat = database.graphs.reshape(DATABASE, -1).astype(float)
    centre = flat.mean(axis=0)
    _, singular, directions = np.linalg.svd(flat - centre, full_matrices=False)
    energies = pd.read_csv(run.database, index_col="id")["formation_energy"]
    for axes, paths in zip(figures[0].axes[:2], generated.values(), strict=True):
        stars, circles = axes.collections
        batches = [read_graphs(path) for path in paths]
        rows = np.concatenate([batch.graphs for batch in batches]).reshape(2 * GRAPHS, -1)
        for drawn, expected in ((stars, rows), (circles, flat)):
            projected = (expected - centre) @ directions[:2].T
            # The sign of a principal component is arbitrary.
            np.testing.assert_allclose(np.abs(drawn.get_offsets()), np.abs(projected), atol=1e-4)
        np.testing.assert_allclose(circles.get_array(), energies[database.ids])
        predicted = np.concatenate([batch.predicted_formation_energy for batch in batches])
        np.testing.assert_allclose(stars.get_array(), predicted, rtol=1e-6)
        assert stars.get_clim() == circles.get_clim()
        share = singular[0] ** 2 / (singular**2).sum()
        assert f"({share:.1%} of variance)" in axes.get_xlabel()


def test_a_model_without_graphs_and_graphs_without_predictions(run: Run, tmp_path: Path, figures: list[Figure]) -> None:
    database = read_graphs(run.graphs)
    write_graphs(tmp_path / "bare.h5", CrystalGraphs(["dcgan-0"], database.graphs[:1]))
    latent_space(run.graphs, run.database, {"dcgan": [tmp_path / "bare.h5"], "ccdcgan": []}, tmp_path / "latent.png")
    assert [len(axes.collections[0].get_offsets()) for axes in figures[0].axes[:2]] == [1, 0]
    bare = figures[0].axes[0]
    np.testing.assert_allclose(bare.collections[0].get_offsets()[0], bare.collections[1].get_offsets()[0])


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_run_gives_the_same_bytes(run: Run, tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        latent_space(run.graphs, run.database, run.generated("dcgan"), tmp_path / f"{name}.png")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
