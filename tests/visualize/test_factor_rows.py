import numpy as np

from dlib.visualize.factor_rows import Row, draw_rows


def row(label, values, channels=1):
    images = np.zeros((len(values), 64, 64, channels), np.uint8)
    images += np.array(values, np.uint8)[:, None, None, None]
    return Row(label, f"{len(values)} values", images, tuple(str(value) for value in values))


def test_every_image_is_there_sharp_and_in_order():
    values = [40, 80, 120]
    picture = draw_rows("toy", "3 images", [row("grey", values), row("few", [160])])
    assert picture.dtype == np.uint8
    assert picture.shape[2] == 3
    centres = []
    for value in [*values, 160]:
        y, x = np.nonzero((picture == value).all(2) & _is_inside(picture, value))
        assert y.max() - y.min() == x.max() - x.min() == 127  # 64 pixels, twice as large
        centres.append((x.mean(), y.mean()))
    assert centres[0][1] == centres[1][1] == centres[2][1] < centres[3][1]
    assert centres[0][0] < centres[1][0] < centres[2][0]
    assert centres[3][0] == centres[0][0]


def _is_inside(picture, value):
    """Pixels whose neighbours on the left or right have their value: not the edges of letters."""
    same = (picture == value).all(2)
    block = np.zeros_like(same)
    block[2:-2, 2:-2] = (
        same[2:-2, 2:-2] & (same[:-4, 2:-2] | same[4:, 2:-2]) & (same[2:-2, :-4] | same[2:-2, 4:])
    )
    return block


def test_the_margin_is_white_and_white_pictures_have_an_edge():
    picture = draw_rows("toy", "", [row("white", [255, 255], channels=3)])
    assert (picture[:10] == 255).all()
    assert (picture[:, -10:] == 255).all()
    edges = (picture == 208).all(2)
    assert edges.sum() >= 2 * 4 * 129


def test_long_names_widen_the_picture():
    short = draw_rows("toy", "", [row("a", [1])])
    long = draw_rows("toy", "", [row("a factor with quite a long name", [1])])
    assert long.shape[1] > short.shape[1] + 100
