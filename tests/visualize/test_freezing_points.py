import math

import numpy as np
import pytest

from dlib.visualize import freezing_points, style


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
    assert labels == ["shape (2 never froze)", "scale", "posX (1 at once)"]
    assert [text.get_text() for text in axes.texts] == ["1: 80", "2: 5"]
    monkeypatch.undo()
    freezing_points.draw_points(points, [80.0, 5.0], tmp_path / "points")
    freezing_points.draw_curve(*np.ones((3, 20)), tmp_path / "curve")
    for name in ("points", "curve"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_censored_points_count_in_the_box_and_stand_at_the_edges(monkeypatch):
    drawn = []
    monkeypatch.setattr(freezing_points, "save", lambda made, path: drawn.append(made))
    points = {"shape": [0.0, 0.0, 10.0, 20.0, 40.0], "posX": [50.0, math.inf], "never": [0.0] * 9}
    freezing_points.draw_points(points, [30.0], "path")
    (axes,) = drawn[0].axes
    low, high = axes.get_xlim()
    assert (low, high) == pytest.approx((10 / 1.2, 50 * 1.2))
    boxes = [patch.get_path().vertices[:, 0] for patch in axes.patches]
    assert [(box.min(), box.max()) for box in boxes] == [(low, 20.0), (50.0, 50.0)]
    medians = [line.get_xdata().tolist() for line in axes.lines if line.get_color() == style.INK]
    assert medians == [[10.0, 10.0], [50.0, 50.0]]
    edges = [
        line for line in axes.lines if line.get_marker() in ("<", ">") if len(line.get_xdata())
    ]
    marked = [(line.get_marker(), set(line.get_xdata()), len(line.get_xdata())) for line in edges]
    assert marked == [("<", {low}, 9), ("<", {low}, 2), (">", {high}, 1)]
    heights = [line.get_ydata() for line in edges]
    assert max(map(np.ptp, heights)) < 0.5  # within its row


def test_the_labels_of_a_curve_are_no_longer_than_their_panels(monkeypatch):
    drawn = []
    monkeypatch.setattr(freezing_points, "save", lambda made, path: drawn.append(made))
    falling = np.linspace(200, 20, 50)
    freezing_points.draw_curve(falling, 200 - falling, falling, "path", point=30.0)
    for axes in drawn[0].axes:
        label, panel = axes.yaxis.label.get_window_extent(), axes.get_window_extent()
        assert panel.y0 <= label.y0
        assert label.y1 <= panel.y1
