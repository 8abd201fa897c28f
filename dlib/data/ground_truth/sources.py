"""From a data set's files to its image store: found, streamed once, mapped ever after."""

import hashlib
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

from dlib.data.ground_truth import array_files
from dlib.data.ground_truth.cache import cached_file, data_directory, file_identity
from dlib.data.ground_truth.image_store import Bytes
from dlib.utils.errors import DlibError

BLOCK_BYTES = 16 * 2**20  # read and written at a time


def find(name, *candidates):
    """The first of ``candidates`` (paths below the data directory) that exists.

    Raises:
      DlibError: if there is none; it says what was looked for and how to get it.
    """
    root = data_directory()
    for candidate in candidates:
        if (root / candidate).exists():
            return root / candidate
    raise DlibError(
        f"{name}: {' or '.join(candidates)} is not in {root.resolve()} "
        f"(DISENTANGLEMENT_LIB_DATA); get it with: dlib_download_data {name}"
    )


def find_user_path(name, path):
    """A path from a configuration: relative to the working directory, else the data directory.

    Raises:
      DlibError: if it is in neither.
    """
    for candidate in (Path(path), data_directory() / path):
        if candidate.exists():
            return candidate
    raise DlibError(
        f"{name}.path: {path} is neither in {Path.cwd()} nor in {data_directory().resolve()} "
        f"(DISENTANGLEMENT_LIB_DATA)"
    )


def identity(paths, *options):
    """A short name for the state of several files and the options used with them."""
    parts = [file_identity(path) for path in paths] + [repr(option) for option in options]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def stored_images(name, key, shape, blocks):
    """The image store of a data set, filled on first use.

    Args:
      name: begins the cache file's name.
      key: ``identity`` of what the images are made from.
      shape: ``(M, H, W, C)``; M may be None where only ``blocks`` finds out.
      blocks: function without arguments; yields uint8 arrays ``[m, H, W, C]``, M rows in all.
    """

    def build(path):
        with open(path, "wb") as out, Progress(name, shape[0]) as progress:
            for block in blocks():
                out.write(np.ascontiguousarray(block, np.uint8).data)
                progress.advance(len(block))

    path = cached_file(f"{name}-{key}.bytes", build)
    rows = path.stat().st_size // int(np.prod(shape[1:])) if shape[0] is None else shape[0]
    return Bytes(path, (rows, *shape[1:]))


def scattered_images(name, key, shape, placed_blocks):
    """Like ``stored_images``, for sources in another order.

    Args:
      placed_blocks: function without arguments; yields ``(positions [m], images [m, H, W, C])``.
    """

    # Written, not mapped: a disk that fills up is then an error, where a mapping is a crash.
    def build(path):
        with open(path, "wb") as out, Progress(name, shape[0]) as progress:
            for positions, block in placed_blocks():
                _write_at(out, positions, block)
                progress.advance(len(positions))

    return Bytes(cached_file(f"{name}-{key}.bytes", build), shape)


def _write_at(out, positions, images):
    """Writes ``images`` ``[m, H, W, C]``, m > 0, to their ``positions`` ``[m]`` in a file."""
    positions, images = np.asarray(positions), np.ascontiguousarray(images, np.uint8)
    order = np.argsort(positions, kind="stable")
    # What lies side by side in the file is written together.
    for run in np.split(order, np.flatnonzero(np.diff(positions[order]) != 1) + 1):
        out.seek(int(positions[run[0]]) * images[0].nbytes)
        out.write(images[run].data)


def array_member(path, key):
    """Opens one array of an npz or HDF5 file, by the file's suffix, as a stream of blocks.

    Raises:
      DlibError: another suffix; or what ``array_files`` raises.
    """
    if path.suffix == ".npz":
        return array_files.npz_member(path, key)
    if path.suffix in (".h5", ".hdf5"):
        return array_files.hdf5_member(path, key)
    raise DlibError(f"{path}: expected a file named .npz, .h5 or .hdf5")


def whole_array(path, key):
    """A small array of an npz or HDF5 file (labels, factors), in either order of storage.

    Raises:
      DlibError: a damaged file, no such array, or one that is not of numbers.
    """
    if path.suffix != ".npz":
        with array_member(path, key) as stream:
            array = np.concatenate(
                [*stream.blocks(), np.empty((0, *stream.shape[1:]), stream.dtype)]
            )
    else:
        array = _from_npz(path, key)
    if array.dtype.kind not in "buif":
        raise DlibError(f"{path}: {key!r} has dtype {array.dtype}, expected numbers.")
    return array


def _from_npz(path, key):
    try:
        with np.load(path, allow_pickle=False) as file:
            if key not in file.files:
                raise DlibError(f"{path}: no array {key!r}, found {sorted(file.files)}.")
            return file[key]
    except ValueError as error:
        raise DlibError(
            f"{path}: {key!r} cannot be read without unpickling; expected numbers."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DlibError(f"{path}: damaged or cut short ({error}); fetch it again.") from error


def flatten(stream, item_dims):
    """Lets a stream count items: its leading axes become one, its last ``item_dims`` stay."""
    lead = len(stream.shape) - item_dims
    if isinstance(stream, array_files.NpyStream) and lead > 1:  # row by row on disk: only a view
        rows = int(np.prod(stream.shape[:lead], dtype=np.int64))
        stream.shape = (rows, *stream.shape[lead:])


def rows_per_block(item_shape):
    """How many images of ``item_shape`` fit into a block."""
    return max(1, BLOCK_BYTES // int(np.prod(item_shape, dtype=np.int64)))


def short(path):
    """A path as results record it: relative to the data directory where it lies below."""
    path, root = Path(path).resolve(), data_directory().resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


class Progress:
    """A progress bar on a terminal, silence elsewhere: filling a cache can take a minute."""

    def __init__(self, name, total):
        self._bar = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(f"Preparing {name} (once)", total=total)

    def __enter__(self):
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_):
        if self._bar:
            self._bar.stop()

    def advance(self, images):
        """Counts images that are done."""
        if self._bar:
            self._bar.advance(self._task, images)
