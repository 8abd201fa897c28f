"""dSprites' own files: the official npz or hdf5, packed to one bit a pixel.

Only the images and their classes are read; the pickled metadata is left alone.
"""

from pathlib import Path

import numpy as np

from dlib.data.ground_truth import array_files
from dlib.data.ground_truth.cache import data_directory
from dlib.data.ground_truth.dsprites_render import FACTOR_SIZES, NUM_IMAGES
from dlib.data.ground_truth.util import factor_bases
from dlib.utils.errors import DlibError

_STEM = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64"
# How each format opens an array, and what it calls the images and the classes.
_FORMATS = {
    ".npz": (array_files.npz_member, "imgs", "latents_classes"),
    ".hdf5": (array_files.hdf5_member, "imgs", "latents/classes"),
}


def official_file():
    """Path of the official file below the data directory, or None; npz before hdf5."""
    for suffix in _FORMATS:
        path = data_directory() / "dsprites" / f"{_STEM}{suffix}"
        if path.exists():
            return path
    return None


def pack(source, path):
    """Writes the images of an official file, one bit a pixel, 512 bytes an image.

    Args:
      source: the npz or hdf5.
      path: the file to write.

    Raises:
      DlibError: if ``source`` is damaged, has other shapes or dtypes, values that are not 0 or 1,
        or images in another order.
    """
    open_member, images_key, classes_key = _FORMATS[Path(source).suffix]
    with open_member(source, classes_key) as classes:
        _check_order(classes, source, classes_key)
    with open_member(source, images_key) as images, open(path, "wb") as file:
        shape = (NUM_IMAGES, 64, 64)
        array_files.expect(images, source, images_key, shape, ("uint8", "bool"))
        for block in images.blocks():
            if block.max() > 1:
                raise DlibError(
                    f"{source}: {images_key!r} has a value {block.max()}, expected 0 and 1."
                )
            file.write(np.packbits(block.reshape(len(block), -1), axis=1))


def _check_order(classes, source, key):
    """Images must come in the order of their classes, the last factor running fastest."""
    shape = (NUM_IMAGES, len(FACTOR_SIZES))
    array_files.expect(classes, source, key, shape, ("int64", "int32"))
    bases, start = factor_bases(FACTOR_SIZES), 0
    for block in classes.blocks():
        positions = np.arange(start, start + len(block))
        expected = positions[:, None] // bases % FACTOR_SIZES
        if not np.array_equal(block, expected):
            wrong = start + int(np.flatnonzero((block != expected).any(axis=1))[0])
            raise DlibError(
                f"{source}: {key!r} row {wrong} is {block[wrong - start].tolist()}, expected "
                f"{expected[wrong - start].tolist()}; this is not dSprites in its own order."
            )
        start += len(block)
