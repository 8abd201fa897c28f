import numpy as np

from dlib.report.figures import intervals

GROUPS = {"a": ("A", "#112233"), "b": ("B", "#445566")}


def test_dots_stand_at_their_values():
    points = {("", "c"): {"a": (0.5, 0.25, 0.75, 0.6)}}
    made = intervals.dots(points, {"": ""}, {"c": "column"}, GROUPS, unit="x", reference="theirs")
    axes = made.axes[0]
    span, dot, diamond = axes.lines
    assert list(span.get_xdata()) == [0.25, 0.75]
    assert list(dot.get_xdata()) == [0.5]
    assert list(diamond.get_xdata()) == [0.6]
    assert [text.get_text() for text in axes.texts] == ["no runs"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["A", "B"]
    assert made.texts[0].get_text() == "Diamonds: theirs."


def test_a_method_whose_runs_have_no_score_says_so_beside_its_reference():
    points = {("", "c"): {"a": (np.nan, np.nan, np.nan, 0.25)}}
    axes = intervals.dots(points, {"": ""}, {"c": ""}, GROUPS, ticks=(0, 50, 100)).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no score", "no runs"]
    assert axes.lines[-1].get_xdata()[0] == 0.25
    assert axes.get_xticks().tolist() == [0, 50, 100]


def test_values_without_interval_have_a_scale():
    points = {("", "c"): {"a": (0.5, np.nan, np.nan, np.nan)}}
    low, high = intervals.dots(points, {"": ""}, {"c": ""}, GROUPS).axes[0].get_xlim()
    assert low < 0.5 < high


def test_panels_with_titles_of_their_own_have_their_own_limits():
    places = {(0, 0): "first", (0, 1): "second", (1, 0): "third"}
    points = {place: {"a": (10.0 ** (r + c), np.nan, np.nan, np.nan)} for place in places
              for r, c in [place]}  # fmt: skip
    made = intervals.dots(points, {0: "", 1: ""}, {0: "", 1: ""}, GROUPS, titles=places)
    shown = [axes for axes in made.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == ["first", "second", "third"]
    for axes, value in zip(shown, (1, 10, 10), strict=True):
        low, high = axes.get_xlim()
        assert 0.9 * value < low < value < high < 1.1 * value
