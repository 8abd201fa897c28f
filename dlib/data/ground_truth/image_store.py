"""Images as they lie in a file: memory-mapped, one bit or one byte a value.

Any number of processes share the mapped pages. Images become uint8 or float32 per batch.

Axes: N stored images, B batch, H W C image.
"""

import os

import numpy as np

from dlib.utils.errors import DlibError


class _Store:
    """A file of N records of equal length, mapped read-only.

    Args:
      path: the file.
      shape: ``(N, H, W, C)``.

    Raises:
      DlibError: if the file has not exactly the size that ``shape`` asks for.
    """

    _values_per_byte = 1

    def __init__(self, path, shape):
        self.path = path
        self.shape = tuple(int(size) for size in shape)
        values = int(np.prod(self.shape[1:]))
        if values % self._values_per_byte:
            raise ValueError(f"{values} values an image do not fill whole bytes")
        record = values // self._values_per_byte
        expected, found = self.shape[0] * record, os.stat(path).st_size
        if found != expected:
            raise DlibError(
                f"{path}: {found} bytes, expected {expected} for images {list(self.shape)}; "
                f"delete the file, it will be made again."
            )
        records = np.memmap(path, np.uint8, "r", shape=(self.shape[0], record))
        self._records = records.view(np.ndarray)  # what is read from it is a plain array

    def __len__(self):
        return self.shape[0]

    def __reduce__(self):
        # A worker process maps the file itself instead of receiving a copy of it.
        return type(self), (self.path, self.shape)

    def _read(self, indices):
        """Records of a batch: uint8 ``[B, bytes an image]``."""
        return np.take(self._records, indices, axis=0)


class PackedBits(_Store):
    """Images of zeros and ones, one bit a value, first value in the highest bit.

    ``store[indices]`` gives uint8 ``[B, H, W, C]``.
    """

    _values_per_byte = 8

    def __getitem__(self, indices):
        bits = np.unpackbits(self._read(indices), axis=1)
        return bits.reshape(-1, *self.shape[1:])

    def floats(self, indices, channels=1):
        """float32 ``[B, H, W, channels]``: 0.0 and 1.0, an image of one channel repeated."""
        if self.shape[3] != 1:
            raise ValueError("only images with one channel can be repeated")
        values = np.take(_eight_pixels(channels), self._read(indices), axis=0)  # [B, bytes, 8 C]
        return values.reshape(-1, *self.shape[1:3], channels)


class Bytes(_Store):
    """Images of uint8 values. ``store[indices]`` gives uint8 ``[B, H, W, C]``."""

    def __getitem__(self, indices):
        return self._read(indices).reshape(-1, *self.shape[1:])

    def floats(self, indices):
        """float32 ``[B, H, W, C]`` in [0, 1]: value / 255, rounded once."""
        return np.divide(self[indices], np.float32(255), dtype=np.float32)


_TABLES = {}


def _eight_pixels(channels):
    """The pixels of each byte, repeated over channels: float32 ``[256, 8 * channels]``."""
    if channels not in _TABLES:
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
        _TABLES[channels] = np.repeat(bits, channels, axis=1).astype(np.float32)
    return _TABLES[channels]
