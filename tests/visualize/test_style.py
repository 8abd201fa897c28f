import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from dlib.visualize import style


def ink(picture):
    """First and last row and column that hold something dark."""
    rows, columns = np.nonzero((picture < 128).any(axis=-1))
    return rows.min(), rows.max(), columns.min(), columns.max()


def test_a_figure_has_the_asked_size_and_leaves_settings_alone():
    before = dict(matplotlib.rcParams)
    with style.look():
        figure = style.figure(321, 123)
        figure.add_axes((0.2, 0.2, 0.6, 0.6))
        picture = style.to_array(figure)
    assert picture.shape == (123, 321, 3)
    assert picture.dtype == np.uint8
    assert dict(matplotlib.rcParams) == before


def test_figures_do_not_need_pyplot():
    code = (
        "import sys; from dlib.visualize import style; style.to_array(style.figure(9, 9)); "
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_text_stands_where_it_should(align):
    picture = style.text_image([("HHH", "black", True)], 200, 20, align, height=60)
    top, bottom, left, right = ink(picture)
    assert picture.shape == (60, 200, 3)
    assert abs((top + bottom) / 2 - 30) <= 2
    assert {"left": left, "center": abs((left + right) / 2 - 100), "right": 199 - right}[align] <= 3


def test_long_text_is_set_smaller_then_cut():
    lines = [("orientation", "black", False), ("a name that is much too long", "black", False)]
    picture = style.text_image(lines, 80, 15)
    assert picture.shape == (2 * style.line_height(15), 80, 3)
    for part in np.split(picture, 2):
        *_, left, right = ink(part)
        assert left >= 0
        assert right < 80
        assert right - left > 60


def test_text_that_fits_keeps_its_size():
    one = style.text_image([("H", "black", False)], 100, 20)
    top, bottom, *_ = ink(one)
    assert 13 <= bottom - top + 1 <= 16  # capitals are about 0.73 of the size
