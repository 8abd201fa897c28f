"""Image stores: what goes in as bits or bytes comes out as images."""

import pickle

import numpy as np
import pytest

from dlib.data.ground_truth.image_store import Bytes, PackedBits
from dlib.utils.errors import DlibError


@pytest.fixture
def bits(tmp_path):
    images = np.random.RandomState(0).randint(2, size=(5, 8, 16, 1)).astype(np.uint8)
    (tmp_path / "bits").write_bytes(np.packbits(images.reshape(5, -1), axis=1).tobytes())
    return images, PackedBits(tmp_path / "bits", images.shape)


@pytest.fixture
def values(tmp_path):
    images = np.random.RandomState(0).randint(256, size=(5, 4, 6, 3)).astype(np.uint8)
    (tmp_path / "bytes").write_bytes(images.tobytes())
    return images, Bytes(tmp_path / "bytes", images.shape)


def test_bits(bits):
    images, store = bits
    chosen = store[np.array([3, 0, 3])]
    assert len(store) == 5
    assert chosen.dtype == np.uint8
    np.testing.assert_array_equal(chosen, images[[3, 0, 3]])
    floats = store.floats(np.array([4, 1]))
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats, images[[4, 1]])


def test_bits_repeated_over_channels(bits):
    images, store = bits
    floats = store.floats(np.array([2, 4]), channels=3)
    np.testing.assert_array_equal(floats, np.repeat(images[[2, 4]], 3, axis=3))


def test_bytes_are_rounded_once(values):
    images, store = values
    np.testing.assert_array_equal(store[np.array([1, 4])], images[[1, 4]])
    floats = store.floats(np.arange(5))
    assert floats.dtype == np.float32
    np.testing.assert_array_equal(floats, (images / 255.0).astype(np.float32))


def test_no_two_reads_share_memory(bits, values):
    for _, store in (bits, values):
        first = store.floats(np.array([0]))
        first[:] = 7
        assert store.floats(np.array([0])).max() <= 1


def test_a_file_of_another_length_is_refused(bits, tmp_path):
    images, _ = bits
    with pytest.raises(DlibError, match="80 bytes, expected 96"):
        PackedBits(tmp_path / "bits", (6, *images.shape[1:]))
    with pytest.raises(ValueError, match="whole bytes"):
        PackedBits(tmp_path / "bits", (5, 3, 3, 1))


def test_pickling_sends_the_place_and_not_the_images(bits, values):
    for images, store in (bits, values):
        message = pickle.dumps(store)
        assert len(message) < 500
        np.testing.assert_array_equal(pickle.loads(message)[np.arange(5)], images)
