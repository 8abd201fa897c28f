import io

import numpy as np
import pytest
from PIL import Image

from dlib.data.ground_truth.image_files import decoded, image_blocks
from dlib.utils.errors import DlibError


def encoded(pixels, mode=None, kind="PNG"):
    stream = io.BytesIO()
    image = Image.fromarray(np.asarray(pixels))
    (image.convert(mode) if mode else image).save(stream, kind)
    return io.BytesIO(stream.getvalue())


def test_grey_becomes_colour_and_colour_becomes_grey():
    grey = decoded(encoded(np.full((5, 5), 90, np.uint8)), 4, 6, 3)
    np.testing.assert_array_equal(grey, np.full((4, 6, 3), 90))
    colour = np.zeros((5, 5, 3), np.uint8)
    colour[..., 0] = 200
    # ITU-R 601-2: 0.299 of red.
    np.testing.assert_array_equal(decoded(encoded(colour), 4, 4, 1), np.full((4, 4, 1), 60))


def test_transparency_is_laid_on_white():
    pixels = np.zeros((3, 3, 4), np.uint8)
    pixels[..., 3] = 51  # black, one fifth opaque
    np.testing.assert_array_equal(decoded(encoded(pixels), 3, 3, 1), np.full((3, 3, 1), 204))


def columns(width, height=4):
    """A grey picture whose brightness is the number of its column."""
    return np.broadcast_to(np.arange(width, dtype=np.uint8), (height, width))


def test_crops():
    wide = encoded(columns(12))
    np.testing.assert_array_equal(decoded(wide, 4, 4, 1, "aspect")[0, :, 0], [4, 5, 6, 7])
    np.testing.assert_array_equal(decoded(wide, 2, 2, 1, 2)[0, :, 0], [5, 6])
    whole = decoded(wide, 4, 12, 1)
    np.testing.assert_array_equal(whole[0, :, 0], np.arange(12))
    squeezed = decoded(wide, 4, 4, 1)[0, :, 0]
    assert squeezed[0] < 3 < 8 < squeezed[-1]
    with pytest.raises(ValueError, match="12x4 pixels, smaller than the crop of 5"):
        decoded(wide, 4, 4, 1, 5)


def test_sixteen_bits_are_refused():
    with pytest.raises(ValueError, match="more than 8 bits"):
        decoded(encoded(np.full((4, 4), 40_000, np.uint16)), 4, 4, 1)


def test_blocks():
    pictures = {f"{n}.png": encoded(np.full((3, 3), n, np.uint8)) for n in range(5)}
    blocks = list(image_blocks("toy", list(pictures), 2, 2, 1, opened=pictures.get, rows=2))
    assert [block.shape for block in blocks] == [(2, 2, 2, 1), (2, 2, 2, 1), (1, 2, 2, 1)]
    np.testing.assert_array_equal(np.concatenate(blocks)[:, 0, 0, 0], range(5))


def test_all_damaged_pictures_are_named():
    pictures = {f"{n}.png": encoded(np.full((9, 9), n, np.uint8)) for n in range(9)}
    pictures["3.png"] = io.BytesIO(b"no picture")
    pictures["7.png"] = io.BytesIO(pictures["7.png"].getvalue()[:50])
    with pytest.raises(DlibError, match=r"toy: 2 of 9 pictures cannot be used.*3.png.*7.png") as e:
        list(image_blocks("toy", list(pictures), 2, 2, 1, opened=pictures.get, rows=2))
    assert "\n" not in str(e.value)
