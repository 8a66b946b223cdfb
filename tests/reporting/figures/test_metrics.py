from pathlib import Path

import pytest
from matplotlib.figure import Figure

from ccdcgan.reporting.figures.metrics import metrics_figure


def test_the_figure_has_a_bar_for_each_share(metrics: Path, tmp_path: Path, figures: list[Figure]) -> None:
    metrics_figure(metrics, tmp_path / "metrics.png")
    shares = {}
    for axes in figures[0].axes:
        names = [text.get_text() for text in axes.get_yticklabels()]
        widths = [patch.get_width() for patch in axes.patches]
        assert len(widths) == 2 * len(names)
        shares |= dict(zip(names, zip(widths[: len(names)], widths[len(names) :], strict=True), strict=True))
    assert "displacement by relaxation" not in shares
    assert shares["distinct and meta-stable"] == pytest.approx((15, 0))
    assert shares["relaxed"] == pytest.approx((100, 100))
    assert (tmp_path / "metrics.svg").exists()
