"""Small pictures inside the page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlib.report.html.thumbnails import thumbnail


@pytest.fixture
def picture(tmp_path):
    """A picture of 800 x 600 with an edge in the middle, and noise that is hard to compress."""
    noise = np.random.RandomState(0).randint(0, 40, (600, 800, 3))
    noise[:, 400:] += 200
    path = tmp_path / "picture.png"
    Image.fromarray(noise.astype(np.uint8)).save(path)
    return path


def opened(address):
    content = address.removeprefix("data:image/webp;base64,")
    assert content != address
    return Image.open(io.BytesIO(base64.b64decode(content)))


@pytest.mark.parametrize("limit", [400_000, 30_000, 14_000])
def test_it_fits_its_limit_and_still_shows_the_picture(picture, limit):
    address = thumbnail(picture, limit)
    assert len(address) <= limit
    small = opened(address)
    assert small.width / small.height == pytest.approx(4 / 3, rel=0.01)
    pixels = np.asarray(small.convert("L"), float)
    half = small.width // 2
    assert pixels[:, : half - 4].mean() == pytest.approx(20, abs=8)
    assert pixels[:, half + 4 :].mean() == pytest.approx(220, abs=8)


def test_more_room_gives_a_larger_picture(picture):
    assert opened(thumbnail(picture, 400_000)).width == 800  # never larger than the original
    assert opened(thumbnail(picture, 30_000)).width < 800


def test_what_cannot_be_shown_is_none(picture, tmp_path):
    assert thumbnail(picture, 100) is None
    assert thumbnail(tmp_path / "missing.png", 10_000) is None
    half = tmp_path / "half.png"
    half.write_bytes(picture.read_bytes()[:5000])
    assert thumbnail(half, 10_000) is None
