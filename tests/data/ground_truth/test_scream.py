"""The background of scream_dsprites."""

import hashlib

import numpy as np
import PIL.Image
import pytest

from dlib.data.ground_truth import scream
from dlib.utils.errors import DlibError


@pytest.fixture(autouse=True)
def picture_path(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
    (tmp_path / "scream").mkdir()
    return tmp_path / "scream" / "scream.jpg"


def test_our_own_painting_is_always_the_same_and_smooth():
    source, painting = scream.background()
    assert source == f"painted (sha256 {hashlib.sha256(painting).hexdigest()})"
    assert painting.shape == (274, 216, 3)
    assert painting.dtype == np.uint8
    np.testing.assert_array_equal(painting, scream.paint())
    values = painting.astype(float)
    assert (values.std(axis=(0, 1)) > 25).all()  # rich
    assert np.abs(np.diff(values, axis=0)).mean() < 6  # smooth
    # Every patch has a gradient of its own, so that patches can be told apart.
    patches = values[::64, ::64][:4, :3].reshape(-1, 3)
    assert len(np.unique(patches.round(-1), axis=0)) > 8


def test_a_portrait_is_shrunk_to_the_height_that_fits(picture_path):
    gradient = np.linspace(0, 255, 1000).astype(np.uint8)
    picture = np.repeat(np.repeat(gradient[:, None], 788, axis=1)[..., None], 3, axis=2)
    PIL.Image.fromarray(picture).save(picture_path, format="PNG")
    source, shrunk = scream.background()
    assert shrunk.shape == (274, 216, 3)  # 788 * 274 / 1000 = 215.9
    expected = PIL.Image.fromarray(picture).resize((216, 274), PIL.Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(shrunk, np.array(expected))
    digest = hashlib.sha256(picture_path.read_bytes()).hexdigest()
    assert source == f"scream/scream.jpg (sha256 {digest})"


def test_a_grey_picture_gets_three_channels_and_a_small_one_stays(picture_path):
    PIL.Image.new("L", (80, 70), 100).save(picture_path, format="JPEG")
    assert scream.background()[1].shape == (70, 80, 3)


def test_a_picture_too_small_for_patches(picture_path):
    PIL.Image.new("RGB", (200, 64)).save(picture_path, format="JPEG")
    with pytest.raises(DlibError, match="200 x 64 pixels .* at least 65"):
        scream.background()


def test_a_file_that_is_no_picture(picture_path):
    picture_path.write_bytes(b"no picture")
    with pytest.raises(DlibError, match="cannot be decoded"):
        scream.background()
    PIL.Image.new("RGB", (300, 300), 5).save(picture_path, format="JPEG")
    picture_path.write_bytes(picture_path.read_bytes()[:700])
    with pytest.raises(DlibError, match="cannot be decoded"):
        scream.background()
