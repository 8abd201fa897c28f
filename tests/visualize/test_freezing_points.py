import math

import numpy as np

from dlib.visualize import freezing_points


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
