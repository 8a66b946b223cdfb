import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ccdcgan.config.metrics import Metrics
from ccdcgan.judging.model_metrics import Coverage, gather
from ccdcgan.judging.structure_metrics import COLUMNS
from ccdcgan.reporting import style
from tests.reporting.small_run import Run, write_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_run(tmp_path_factory.mktemp("binary"), ["Bi", "Se"])


@pytest.fixture(scope="session")
def ternary(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_run(tmp_path_factory.mktemp("ternary"), ["Bi", "Sb", "Te"])


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Every figure that is written, in order."""
    written: list[Figure] = []
    original = style.figure

    @contextmanager
    def keep(path: Path, width: float, height: float) -> Iterator[Figure]:
        with original(path, width, height) as figure:
            written.append(figure)
            yield figure

    monkeypatch.setattr(style, "figure", keep)
    return written


@pytest.fixture(scope="session")
def published() -> Path:
    return ROOT / "resources/published.json"


@pytest.fixture
def funnel(tmp_path: Path) -> Path:
    def model(generated: int, decoded: int, kept: int, relaxed: int, mean: float) -> dict[str, object]:
        rejected = {"decoding.no_atoms": generated - decoded, "relaxation.not_converged": kept - relaxed}
        return {
            "generated": generated,
            "decoded": decoded,
            "rejected": rejected | ({"screening.screened": decoded - kept} if decoded > kept else {}),
            "relaxed": relaxed,
            "negative_formation_energy": relaxed - 1,
            "metastable": relaxed - 2,
            "stable": relaxed - 3,
            "distinct": relaxed - 4,
            "distinct_metastable": relaxed - 5,
            "distinct_stable": relaxed - 6,
            "mean_formation_energy": mean,
        }

    counts = {
        "run": "small",
        "prototypes": {"enumerated": 50, "sampled": 44, "rejected": {"not_sampled": 6}},
        "database": {
            "prototypes": 44,
            "relaxed": 40,
            "rejected": {"not_converged": 3, "too_close": 1},
            "negative_formation_energy": 21,
            "metastable": 12,
            "stable": 7,
            "reconstructed": {"train": {"n": 36, "matched": 27}, "held_out": {"n": 4, "matched": 1}},
        },
        "models": {
            "dcgan": model(130, 40, 40, 32, -0.0712),
            "dcgan+constraint": model(130, 40, 25, 20, -0.0923),
            "ccdcgan": model(130, 52, 52, 39, 0.0004),
        },
    }
    path = tmp_path / "funnel.json"
    path.write_text(json.dumps(counts))
    return path


@pytest.fixture
def metrics(tmp_path: Path) -> Path:
    """Metrics of two seeds of a model beside the paper's, and of a control."""
    paper = {"models": {"ccdcgan": {"generated": 13000, "decoded": 3743, "kept": 3743, "distinct_metastable": 187}}}

    def structures(count: int, successes: int) -> pd.DataFrame:
        rows = [
            {
                "id": str(n),
                "status": "relaxed",
                "valid": True,
                "unique": n < successes,
                "novel": True,
                "metastable": True,
            }
            for n in range(count)
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    tables = {"ccdcgan": structures(10, 1), "ccdcgan-seed1": structures(10, 2), "random": structures(4, 0)}
    path = tmp_path / "metrics.csv"
    gathered = gather(tables, dict.fromkeys(tables, Coverage(frozenset("a"), 9)), Metrics(sun=[0.0]), 0, paper)
    gathered.to_csv(path, index=False)
    return path
