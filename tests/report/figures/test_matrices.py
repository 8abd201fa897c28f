import numpy as np

from dlib.report.figures import matrices


def test_numbers_are_in_their_fields():
    matrix = [[np.nan, 0.25], [0.75, np.nan]]
    made = matrices.heat_maps({"one": matrix, "two": matrix}, ["A", "B"], (0, 1), percent=True)
    axes = made.axes[0]
    found = {text.get_position(): text.get_text() for text in axes.texts}
    assert found == {(1, 0): "25", (0, 1): "75"}
    assert axes.get_title() == "one"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["A", "B"]
    assert [t.get_text() for t in made.axes[1].get_yticklabels()] == ["", ""]


def test_a_row_that_is_not_full_has_no_empty_panels():
    made = matrices.heat_maps(dict.fromkeys("abc", np.eye(2)), ["A", "B"], (-1, 1), columns=2)
    assert len(made.axes) == 3
