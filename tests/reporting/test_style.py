from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_rgb

from ccdcgan.reporting import style

ENERGIES = st.floats(-50, 50, allow_nan=False, allow_subnormal=False)


def draw(path: Path) -> None:
    with style.figure(path, 2, 2) as figure:
        axes = figure.subplots()
        axes.plot([0, 1], [1, 0], label=style.formula("Bi2Se3"))
        axes.legend()


def test_a_figure_is_written_twice_and_its_bytes_do_not_depend_on_time_or_user(tmp_path: Path) -> None:
    draw(tmp_path / "one.png")
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 5, "savefig.dpi": 30, "svg.fonttype": "none"}):
        draw(tmp_path / "two.png")
    for suffix in (".png", ".svg"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    assert mpl.image.imread(tmp_path / "one.png").shape[:2] == (400, 400)
    assert b"dc:date" not in (tmp_path / "one.svg").read_bytes()


def test_a_figure_is_a_png(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"found suffix '.pdf', expected '.png'"):
        draw(tmp_path / "figure.pdf")


@given(arrays(float, st.integers(0, 40), elements=ENERGIES), arrays(float, st.integers(1, 5), elements=ENERGIES))
def test_limits_hold_what_must_be_seen_and_nothing_beyond_the_data(values: np.ndarray, keep: np.ndarray) -> None:
    low, high = style.robust_limits([values], keep)
    every = np.concatenate([values, keep])
    assert low < keep.min() <= keep.max() < high
    if len(values):
        assert low < np.median(values) < high
    margin = 0.05 * max(np.ptp(every), 1) + 1e-9
    assert low >= every.min() - margin
    assert high <= every.max() + margin


def test_limits_leave_out_outliers_only() -> None:
    values = np.linspace(-1, 1, 101)
    assert style.robust_limits([values], [0]) == pytest.approx((-1.1, 1.1))
    assert style.robust_limits([np.append(values, [30, -40])], [0]) == pytest.approx((-1.1, 1.1))
    assert style.robust_limits([np.append(values, [30, np.nan])], [30])[1] > 30


def test_a_narrow_series_does_not_push_a_wide_one_out() -> None:
    wide, narrow = np.linspace(-1, 1, 11), np.linspace(0.1, 0.2, 1000)
    assert style.robust_limits([wide, narrow], [0]) == pytest.approx((-1.1, 1.1))


def test_beyond_counts_each_side() -> None:
    values = pd.Series([-3, -2, 0, 1, 5.0])
    assert style.beyond(values, (-1, 1)) == "1 above and 2 below"
    assert style.beyond(values, (-10, 1)) == "1 above"
    assert style.beyond(values, (-10, 10)) == ""


@pytest.mark.parametrize(("value", "text"), [(-0.0001, "0.000"), (-0.1234, "−0.123"), (0.5, "0.500")])
def test_energy(value: float, text: str) -> None:
    assert style.energy(value) == text


def test_space_group_and_formula_for_matplotlib() -> None:
    assert style.formula("Bi2Se3") == "Bi$_{2}$Se$_{3}$"
    assert style.space_group(166) == r"R$\overline{3}$m"


def test_the_best_of_several_graphs_looks_like_its_model_but_darker():
    base, best = style.series("dcgan"), style.series("dcgan-best10")
    assert best.label == "DCGAN, best of 10"
    assert style.series("ccdcgan-weight0.3-best10").label == "ccdcgan-weight0.3, best of 10"
    assert style.series("flow-seed1-best10").label == "flow-seed1, best of 10"
    assert style.series("flow-seed1").marker == style.series("flow").marker != base.marker
    assert best.marker == base.marker
    assert 0 < sum(to_rgb(best.colour)) < sum(to_rgb(base.colour))
