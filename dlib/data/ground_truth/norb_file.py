"""The binary matrix files of NORB, read block by block.

Format (https://cs.nyu.edu/~ylclab/data/norb-v1.0-small/, little endian): int32 magic, int32 number
of dimensions d, max(3, d) int32 sizes, then the values in row-major order. A file may be
gzip-compressed (``.gz``).
"""

import contextlib
import gzip
import zlib

import numpy as np

from dlib.utils.errors import DlibError

MAGIC = {0x1E3D4C55: np.dtype("u1"), 0x1E3D4C54: np.dtype("<i4")}
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


@contextlib.contextmanager
def _opened(path):
    """Opens ``path``, through gzip where its name says so; damage becomes a DlibError."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as stream:
            yield stream
    except _DAMAGED as error:
        raise DlibError(f"{path}: damaged or cut short ({error}); download it again") from error
    except OSError as error:
        raise DlibError(f"{path}: cannot be read ({error.strerror or error})") from error


def _read(stream, num_bytes, path):
    data = stream.read(num_bytes)
    if len(data) != num_bytes:
        raise DlibError(
            f"{path}: cut short: {num_bytes - len(data)} bytes are missing; download it again"
        )
    return data


def _header(stream, path):
    """Reads ``(dtype, shape)`` and leaves the stream at the first value."""
    magic, num_dims = np.frombuffer(_read(stream, 8, path), "<i4")
    if int(magic) not in MAGIC:
        swapped = int(magic.byteswap()) & 0xFFFFFFFF in MAGIC
        raise DlibError(
            f"{path}: "
            + ("a big-endian file, expected little-endian" if swapped else "not a NORB matrix")
            + f" (magic {int(magic) & 0xFFFFFFFF:#010x}, expected "
            + " or ".join(f"{known:#010x}" for known in MAGIC)
            + ")"
        )
    if not 1 <= num_dims <= 8:
        raise DlibError(f"{path}: expected 1 to 8 dimensions, found {num_dims}")
    sizes = np.frombuffer(_read(stream, 4 * max(3, int(num_dims)), path), "<i4")
    return MAGIC[int(magic)], tuple(int(size) for size in sizes[:num_dims])


def matrix_blocks(path, dtype, shape, block_rows):
    """Yields the matrix in ``path`` as arrays of at most ``block_rows`` rows.

    Args:
      path: a ``pathlib.Path``; read through gzip if it ends in ``.gz``.
      dtype, shape: what the file must hold.
      block_rows: rows of the first axis per block.

    Raises:
      DlibError: damaged, cut short or too long, big-endian, of another type or shape.
    """
    dtype = np.dtype(dtype)
    with _opened(path) as stream:
        found_dtype, found_shape = _header(stream, path)
        if (found_dtype, found_shape) != (dtype, tuple(shape)):
            raise DlibError(
                f"{path}: expected {dtype.name} {list(shape)}, "
                f"found {found_dtype.name} {list(found_shape)}"
            )
        row_bytes = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        for start in range(0, shape[0], block_rows):
            rows = min(block_rows, shape[0] - start)
            data = _read(stream, rows * row_bytes, path)
            yield np.frombuffer(data, dtype).reshape((rows, *shape[1:]))
        if stream.read(1):
            raise DlibError(f"{path}: longer than its header says ({list(shape)} {dtype.name})")


def read_matrix(path, dtype, shape):
    """The whole matrix, for the small files (categories and factors)."""
    return np.concatenate(list(matrix_blocks(path, dtype, shape, block_rows=shape[0])))
