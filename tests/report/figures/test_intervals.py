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


def test_values_without_interval_have_a_scale():
    points = {("", "c"): {"a": (0.5, np.nan, np.nan, np.nan)}}
    low, high = intervals.dots(points, {"": ""}, {"c": ""}, GROUPS).axes[0].get_xlim()
    assert low < 0.5 < high
