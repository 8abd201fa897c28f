import numpy as np
import pytest

from dlib.data.ground_truth.drawing import convex_polygon, disc


def test_a_polygon_on_pixel_borders_is_exact():
    # Pixel centres are at integers, so borders are at halves.
    found = convex_polygon(np.array([[0.5, 1.5], [3.5, 1.5], [3.5, 2.5], [0.5, 2.5]]), 4, 6)
    expected = np.zeros((4, 6), np.uint8)
    expected[2, 1:4] = 255
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("step", [1, -1])
def test_a_triangle_covers_its_area_and_keeps_its_centre(step):
    corners = np.array([[2.3, 3.1], [17.8, 6.4], [8.2, 15.9]])[::step]
    share = convex_polygon(corners, 20, 21) / 255
    (ax, ay), (bx, by), (cx, cy) = corners
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    y, x = np.indices(share.shape)
    assert share.sum() == pytest.approx(area, rel=2e-3)
    assert (share * x).sum() / share.sum() == pytest.approx(corners[:, 0].mean(), abs=0.01)
    assert (share * y).sum() / share.sum() == pytest.approx(corners[:, 1].mean(), abs=0.01)


def test_half_a_pixel():
    found = convex_polygon(np.array([[0.0, -1.0], [9.0, -1.0], [9.0, 9.0], [0.0, 9.0]]), 1, 2)
    np.testing.assert_array_equal(found, [[128, 255]])


def test_a_disc_covers_its_area_about_its_centre():
    image = disc((20.25, 30.5), 10, 64, 50) / 255
    y, x = np.indices(image.shape)
    # Integrating a linear fall over one pixel about r: pi (r^2 + 1/12).
    assert image.sum() == pytest.approx(np.pi * (100 + 1 / 12), rel=2e-3)
    assert (image * x).sum() / image.sum() == pytest.approx(20.25, abs=0.02)
    assert (image * y).sum() / image.sum() == pytest.approx(30.5, abs=0.02)
