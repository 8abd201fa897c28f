import numpy as np
import pytest

from dlib.report.figures import distributions

GROUPS = {"a": ("A", "#112233"), "b": ("B", "#445566")}


def axes_of(scores, **options):
    made = distributions.violins(scores, {"r": ("row", True)}, {"c": "column"}, GROUPS, **options)
    return made.axes[0]


def test_runs_are_points_and_the_median_is_a_line():
    scores = {("r", "c"): {"a": [0.3, 0.1, 0.2], "b": [0.5, 0.7]}}
    axes = axes_of(scores)
    points, medians = axes.lines[::2], axes.lines[1::2]
    assert points[0].get_ydata().tolist() == [0.1, 0.2, 0.3]
    assert points[0].get_xdata().tolist() == [0, 0, 0]
    assert [line.get_ydata()[0] for line in medians] == pytest.approx([0.2, 0.6])
    assert not axes.collections  # too few runs for a density
    assert [text.get_text() for text in axes.texts] == ["3", "2"]


def test_a_violin_lies_between_the_smallest_and_the_largest_run():
    values = np.random.RandomState(0).rand(30)
    axes = axes_of({("r", "c"): {"a": values, "b": values}})
    outline = axes.collections[0].get_paths()[0].vertices
    assert outline[:, 1].min() == pytest.approx(values.min())
    assert outline[:, 1].max() == pytest.approx(values.max())
    half = np.abs(outline[:, 0]).max()
    assert half == pytest.approx(0.38)
    assert np.abs(axes.lines[0].get_xdata()).max() < half


def test_equal_scores_and_missing_ones_are_drawn():
    axes = axes_of({("r", "c"): {"a": [0.5] * 9, "b": [np.nan]}})
    assert not axes.collections
    assert [text.get_text() for text in axes.texts] == ["9", "–"]


def test_scales_start_at_zero_where_scores_come_near():
    assert axes_of({("r", "c"): {"a": [0.1, 0.5]}}).get_ylim()[0] == 0
    low, high = axes_of({("r", "c"): {"a": [0.8, 1.0]}}).get_ylim()
    assert 0.7 < low < 0.8
    assert high <= 1.04


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([1.5, 2.5], (1.43, 2.57)),  # said to be in [0, 1], and is not
        ([0.5, 2.5], (0.36, 2.64)),
        ([1.2], (1.116, 1.284)),
        ([0.0, 1.0], (0.0, 1.04)),
        ([0.0], (-0.07, 0.07)),
        ([1.0], (0.93, 1.04)),
        ([-2.0, -1.0], (-2.07, -0.93)),
    ],
)
def test_scales_rise_and_hold_all_scores(values, limits):
    assert distributions._limits(np.array(values), True) == pytest.approx(limits)


def test_a_logarithmic_scale_holds_all_scores_and_numbers_them():
    axes = axes_of({("r", "c"): {"a": [19.0, 30.0], "b": np.geomspace(300, 570, 9)}}, log=True)
    assert axes.get_yscale() == "log"
    low, high = axes.get_ylim()
    assert 14 < low < 19 < 570 < high < 750
    shown = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert shown == [20, 50, 100, 200, 500]
    outline = axes.collections[0].get_paths()[0].vertices
    assert outline[:, 1].max() == pytest.approx(570)


def test_points_at_the_frame_are_whole():
    point = axes_of({("r", "c"): {"a": [0.0, 0.5]}}).lines[0]
    assert point.get_ydata()[0] == 0
    assert not point.get_clip_on()


def test_points_are_spread_evenly():
    spread = np.sort(distributions._spread(7))
    np.testing.assert_allclose(np.diff(spread), 0.25)


def test_wrapped_panels_have_their_own_scales_and_no_empty_ones():
    panels = {
        key: (key.upper(), True, {"a": [low, low + 0.1], "b": []})
        for key, low in (("x", 0.1), ("y", 0.8), ("z", 0.5))
    }
    made = distributions.wrapped(panels, GROUPS, line={"y": 0.85}, across=2)
    assert [axes.get_title() for axes in made.axes] == ["X", "Y", "Z"]
    assert made.axes[1].get_ylim()[0] > 0.7
    assert list(made.axes[1].lines[-1].get_ydata()) == [0.85, 0.85]
    assert [tick.get_text() for tick in made.axes[0].get_xticklabels()] == ["A", "B"]
