import math

import numpy as np
import pytest

from dlib.visualize import freezing_points


@pytest.mark.parametrize(("point", "update"), [(90.0, 50), (51.0, 200), (100.0, 0), (40.0, 250)])
def test_a_point_stands_where_the_pressure_has_passed_it(point, update, monkeypatch):
    drawn = []
    monkeypatch.setattr(freezing_points, "save", lambda made, path: drawn.append(made))
    betas = [100.0, 90, 75, 60, 50, 45]
    updates = range(0, 300, 50)
    freezing_points.draw_curve(betas, betas, betas, "path", point, updates)
    for axes in drawn[0].axes:
        assert list(axes.lines[-1].get_xdata()) == [update, update]
    text = drawn[0].axes[0].texts[0].get_text()
    assert text == f"freezing point: beta {point:.3g}, update {update}"


def test_points_and_curves_are_written_as_png_and_pdf(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(freezing_points, "save", lambda made, path: drawn.append(made))
    points = {"posX": [90.0, 100.0, math.inf], "scale": [40.0, 50.0, 60.0], "shape": [0.0, 0.0]}
    freezing_points.draw_points(points, [80.0, 5.0], tmp_path / "points")
    (axes,) = drawn[0].axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["shape (2 censored)", "scale", "posX (1 censored)"]
    assert [text.get_text() for text in axes.texts] == ["1: 80", "2: 5"]
    monkeypatch.undo()
    freezing_points.draw_points(points, [80.0, 5.0], tmp_path / "points")
    freezing_points.draw_curve(*np.ones((3, 20)), tmp_path / "curve")
    for name in ("points", "curve"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
