"""The drawing rule against real frames of dSprites, and against a second formulation of it.

dsprites_frames.npz holds 136 labelled frames decoded from the animation that the data set's
authors published (google-deepmind/dsprites-dataset, zlib/libpng licence).
"""

from pathlib import Path

import numpy as np
import pytest

from dlib.data.ground_truth import dsprites_render
from dlib.data.ground_truth.dsprites_render import FACTOR_SIZES, NUM_IMAGES, draw_sprite, render
from dlib.utils.errors import DlibError


def test_every_real_frame_is_exact():
    with np.load(Path(__file__).with_name("dsprites_frames.npz")) as frames:
        images, classes = frames["imgs"], frames["latents_classes"]
    assert len(images) == 136
    drawn = render(classes)
    assert drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn, images)


def _point_by_point(shape, scale, orientation, x, y):
    """One image by whole-number tests of every pixel against every edge."""
    a = 2 * np.pi * np.arange({1: 100, 2: 150}.get(shape, 1)) / {1: 100, 2: 150}.get(shape, 1)
    if shape == 0:
        u, v = np.array([-9.6, 9.6, 9.6, -9.6]), np.array([-9.6, -9.6, 9.6, 9.6])
    elif shape == 1:
        u, v = 9.6 * 1.33 * np.cos(a), 9.6 / 1.33 * np.sin(a)
    else:
        tall = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
        u, v = 9.6 * np.sin(a) ** 3, -9.6 * (tall / 14.5 + 0.15)
    turn, size = 2 * np.pi * orientation / 39, 0.5 + scale / 10
    right = 16 + 32 * x / 31 + size * (np.cos(turn) * u + np.sin(turn) * v)
    down = 16 + 32 * y / 31 + size * (-np.sin(turn) * u + np.cos(turn) * v)
    vertices = [
        (int(np.floor(256 * p + 0.5)), int(np.floor(256 * q + 0.5)))
        for p, q in zip(right, down, strict=True)
    ]
    rows, columns = np.mgrid[:64, :64] * 256 + 128
    inside = np.zeros((64, 64), dtype=bool)
    for (x0, y0), (x1, y1) in zip(vertices, vertices[1:] + vertices[:1], strict=True):
        if y0 == y1:
            continue
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        crossed = (y0 <= rows) & (rows < y1)
        right_of = (columns - x0) * (y1 - y0) >= (x1 - x0) * (rows - y0)
        inside ^= crossed & right_of
    return inside


def test_columns_by_division_equal_pixels_by_comparison():
    random_state = np.random.RandomState(0)
    classes = np.column_stack([random_state.randint(n, size=150) for n in FACTOR_SIZES])
    expected = [_point_by_point(*row[1:]) for row in classes]
    np.testing.assert_array_equal(render(classes), expected)


def test_an_upright_square_by_hand():
    # Scale 0.5 and position 0: from 16 - 4.8 to 16 + 4.8, so the centres 11.5 to 20.5.
    image = render([[0, 0, 0, 0, 0, 0]])[0]
    expected = np.zeros((64, 64))
    expected[11:21, 11:21] = 1
    np.testing.assert_array_equal(image, expected)


def test_posx_goes_right_and_posy_down():
    image = render([[0, 0, 0, 0, 31, 0]])[0]
    assert image[11:21, 43:53].all()  # 16 + 32 = 48
    assert image.sum() == 100


def test_the_first_and_the_last_orientation_look_the_same():
    for shape in range(3):
        np.testing.assert_array_equal(draw_sprite(shape, 5, 0), draw_sprite(shape, 5, 39))


def test_left_and_top_edges_are_inside_right_and_bottom_edges_are_not():
    x = np.array([[0, 512, 512, 0]]) + 128  # from one pixel centre to another, in 1/256 pixel
    place, edge, row = dsprites_render._crossings(x[:, [0, 0, 1, 1]])  # y of a square
    assert sorted(row.tolist()) == [0, 0, 1, 1]
    columns = dsprites_render._first_columns(x, x[:, [0, 0, 1, 1]], place, edge, row)
    assert sorted(columns.ravel().tolist()) == [0, 0, 2, 2]


def test_all_images_are_written_in_the_order_of_their_classes(tmp_path, monkeypatch):
    written = []

    def sprite(*classes):
        written.append(classes)
        return np.uint16(len(written)).tobytes()

    monkeypatch.setattr(dsprites_render, "draw_sprite", sprite)
    dsprites_render.write_all(tmp_path / "bits")
    assert written == [tuple(row) for row in np.indices((3, 6, 40)).reshape(3, -1).T]
    assert np.fromfile(tmp_path / "bits", np.uint16).tolist() == list(range(1, 721))


def test_sprites_at_all_positions_are_all_images():
    assert np.prod(FACTOR_SIZES) == NUM_IMAGES
    assert draw_sprite(2, 3, 4).nbytes * 720 == NUM_IMAGES * dsprites_render.BYTES_PER_IMAGE


@pytest.mark.parametrize("classes", [[[0, 3, 0, 0, 0, 0]], [[1, 0, 0, 0, 0, 0]], [[0] * 5]])
def test_unknown_classes_are_refused(classes):
    with pytest.raises(DlibError, match="expected"):
        render(classes)


def test_no_classes_give_no_images():
    assert render(np.empty((0, 6), dtype=int)).shape == (0, 64, 64)
