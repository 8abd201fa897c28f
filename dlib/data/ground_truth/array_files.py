"""Arrays in the files of public data sets, read block by block and never unpickled."""

import contextlib
import zipfile
import zlib

import numpy as np

from dlib.utils.errors import DlibError

BLOCK = 4096  # images read at once
_MOST_BYTES_AT_ONCE = 2**28


@contextlib.contextmanager
def npz_member(path, key):
    """Opens one array of an ``.npz`` as a stream.

    Yields:
      ``NpyStream``: shape, dtype, and blocks in order.

    Raises:
      DlibError: also while reading: if the file is no zip, is cut short or damaged, has no such
        array, or would need unpickling.
    """
    try:
        with _opened(path) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if f"{key}.npy" not in names:
                raise DlibError(
                    f"{path}: no array {key!r}, found "
                    f"{sorted(name.removesuffix('.npy') for name in names)}."
                )
            with archive.open(f"{key}.npy") as member:
                yield NpyStream(member, path, key)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DlibError(
            f"{path}: damaged or cut short ({error or 'unexpected end'}); fetch it again."
        ) from error


def _opened(path):
    try:
        return open(path, "rb")
    except OSError as error:
        raise DlibError(f"{path}: cannot be read ({error.strerror}).") from error


class NpyStream:
    """An array in ``.npy`` format that is read from front to back.

    Attributes:
      shape, dtype: the array's.
    """

    def __init__(self, member, path, key):
        self._member, self._path, self._key = member, path, key
        try:
            version = np.lib.format.read_magic(member)
            read = {
                (1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0,
            }[version]
            self.shape, fortran_order, self.dtype = read(member)
        except (ValueError, KeyError) as error:
            raise DlibError(f"{path}: {key!r} is no array in npy format.") from error
        if self.dtype.hasobject:
            raise DlibError(
                f"{path}: {key!r} holds Python objects, which would need unpickling; expected "
                f"numbers."
            )
        # Rows of columns are complete only when everything is read: good for a table of factors.
        self._by_columns = fortran_order and len(self.shape) > 1
        if self._by_columns and (len(self.shape) > 2 or self._num_bytes() > _MOST_BYTES_AT_ONCE):
            raise DlibError(f"{path}: {key!r} is stored column by column, expected row by row.")

    def blocks(self, rows=BLOCK):
        """Yields the array in pieces of ``rows`` rows; the last one is shorter."""
        if self._by_columns:
            everything = self._read(self._num_bytes()).reshape(self.shape, order="F")
            yield from (
                everything[start : start + rows] for start in range(0, len(everything), rows)
            )
        else:
            row_bytes = self._num_bytes() // max(self.shape[0], 1)
            for start in range(0, self.shape[0], rows):
                count = min(rows, self.shape[0] - start)
                yield self._read(count * row_bytes).reshape(count, *self.shape[1:])
        if self._member.read(1):  # reading to the end is what checks the sum
            raise DlibError(f"{self._path}: {self._key!r} is longer than its header says.")

    def _num_bytes(self):
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def _read(self, num_bytes):
        data = self._member.read(num_bytes)
        if len(data) != num_bytes:
            raise DlibError(f"{self._path}: {self._key!r} is cut short; fetch it again.")
        return np.frombuffer(data, self.dtype)


class Hdf5Stream:
    """An HDF5 data set that is read from front to back.

    Attributes:
      shape, dtype: the array's.
    """

    def __init__(self, dataset, path, key):
        self._dataset, self._path, self._key = dataset, path, key
        self.shape, self.dtype = dataset.shape, dataset.dtype

    def blocks(self, rows=BLOCK):
        """Yields the array in pieces of ``rows`` rows; the last one is shorter."""
        for start in range(0, self.shape[0], rows):
            try:
                yield self._dataset[start : start + rows]
            except OSError as error:
                raise DlibError(
                    f"{self._path}: {self._key!r} is damaged or cut short; fetch it again."
                ) from error


@contextlib.contextmanager
def hdf5_member(path, key):
    """Opens one data set of an HDF5 file as a stream (``Hdf5Stream``).

    Raises:
      DlibError: if the file is no HDF5, is cut short or damaged, or has no such data set.
    """
    import h5py

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DlibError(
            f"{path}: no HDF5 file, or cut short or damaged; fetch it again."
        ) from error
    with file:
        if not isinstance(file.get(key), h5py.Dataset):
            raise DlibError(f"{path}: no data set {key!r}, found {sorted(file)}.")
        yield Hdf5Stream(file[key], path, key)


def expect(stream, path, key, shape, kinds):
    """Checks a stream's shape and dtype.

    Args:
      stream: of ``npz_member`` or ``hdf5_member``.
      path, key: for the message.
      shape: the shape it must have.
      kinds: names of the dtypes it may have, without byte order, such as ``("uint8", "bool")``.

    Raises:
      DlibError: if it has another shape or dtype, or is not in this machine's byte order.
    """
    if tuple(stream.shape) != tuple(shape):
        raise DlibError(f"{path}: {key!r} has shape {stream.shape}, expected {tuple(shape)}.")
    if stream.dtype.name not in kinds or not stream.dtype.isnative:
        raise DlibError(
            f"{path}: {key!r} has dtype {stream.dtype.str} ({stream.dtype.name}), expected "
            f"{' or '.join(kinds)} in native byte order."
        )
