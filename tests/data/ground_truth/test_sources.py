"""Image stores that are written in another order than their sources have."""

import errno
import io
import os

import numpy as np
import pytest

from dlib.data.ground_truth import sources
from dlib.utils.errors import DlibError

SHAPE = (12, 2, 3, 1)
IMAGES = np.arange(72, dtype=np.uint8).reshape(SHAPE)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path))
    return tmp_path


def _left(cache):
    return [path.name for path in cache.iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize(
    "order",
    [
        np.arange(12),
        np.arange(12)[::-1],
        np.arange(12).reshape(3, 4).T.ravel(),
        np.random.RandomState(0).permutation(12),
    ],
)
@pytest.mark.parametrize("rows", [1, 5, 12])
def test_each_image_goes_to_its_place(cache, order, rows):
    def placed_blocks():
        for start in range(0, 12, rows):
            positions = order[start : start + rows]
            yield positions, IMAGES[positions]

    store = sources.scattered_images("set", "key", SHAPE, placed_blocks)
    np.testing.assert_array_equal(store[np.arange(12)], IMAGES)
    assert _left(cache) == ["set-key.bytes"]


def test_views_and_other_strides_are_written_as_they_read():
    def placed_blocks():
        yield np.arange(12), np.asfortranarray(IMAGES)

    store = sources.scattered_images("set", "key", SHAPE, placed_blocks)
    np.testing.assert_array_equal(store[np.arange(12)], IMAGES)


class _FullDisk(io.BufferedWriter):
    """A file on a disk with room for three images."""

    def write(self, data):
        if self.tell() + memoryview(data).nbytes > 18:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def _on_a_full_disk(path, mode):
    assert mode == "wb"
    return _FullDisk(io.FileIO(path, "w"))


def test_a_full_disk_is_one_line_and_leaves_nothing(cache, monkeypatch):
    def placed_blocks():
        for position in range(12):
            yield [position], IMAGES[[position]]

    monkeypatch.setattr(sources, "open", _on_a_full_disk, raising=False)
    with pytest.raises(
        DlibError, match=r"cannot be written \(No space left on device\).*DLIB_CACHE"
    ):
        sources.scattered_images("set", "key", SHAPE, placed_blocks)
    assert _left(cache) == []
