"""The user's own arrays: images and factors in an npz or HDF5 file.

Axes: M stored images, K factors, H W C image.
"""

import gin
import numpy as np

from dlib.data.ground_truth import sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import StoredProduct, StoredTable, UnlabelledImages
from dlib.data.ground_truth.util import checked_factors, factor_bases
from dlib.utils.errors import DlibError


@register("array")
@gin.configurable("array")
def array(
    path=gin.REQUIRED, images="images", factors="factors", factor_names=None, factor_sizes=None
):
    """The data set of a file.

    A file that holds every combination of its factors once is served like the public sets
    (factors drawn independently); any other, by drawing images (``StoredTable``); one without
    factors, as unlabelled.

    Args:
      path: an .npz, .h5 or .hdf5 file; relative to the working or to the data directory.
      images: name of the array of images: uint8 (0 to 255) or bool, ``[M, H, W]`` or
        ``[M, H, W, C]``.
      factors: name of the array of factors, ``[M, K]`` or ``[M]``. Integers are value numbers
        from 0; real numbers (angles, sizes) are numbered in ascending order. None: unlabelled.
      factor_names: K names; "factor 0", ... by default.
      factor_sizes: K numbers of values; by default the largest number that occurs, plus one.

    Raises:
      DlibError: damaged files, other dtypes or shapes, factors that do not fit.
    """
    path = sources.find_user_path("array", path)
    with sources.array_member(path, images) as stream:
        shape = _image_shape(path, images, stream)
    table = None if factors is None else _factor_table(path, factors, shape[0])
    if table is None:
        return UnlabelledImages("array", str(path.resolve()), _store(path, images, None, shape))
    sizes = _sizes(table, factor_sizes)
    names = _names(factor_names, len(sizes))
    states = _states(path, table, sizes)
    is_product = len(states) == np.prod(sizes) == len(np.unique(states))
    positions = states if is_product else None
    store = _store(path, images, positions, shape, factors)
    if is_product:
        return StoredProduct("array", str(path.resolve()), store, names, sizes)
    return StoredTable("array", str(path.resolve()), store, names, sizes, table)


def _image_shape(path, key, stream):
    """``(M, H, W, C)`` of the images."""
    shape = tuple(stream.shape)
    if stream.dtype.name not in ("uint8", "bool") or len(shape) not in (3, 4) or 0 in shape:
        raise DlibError(
            f"{path}: expected {key!r} to be uint8 (0 to 255) or bool, [M, H, W] or "
            f"[M, H, W, C], found {stream.dtype.name} {list(shape)}"
        )
    return shape if len(shape) == 4 else (*shape, 1)


def _factor_table(path, key, num_images):
    """Value numbers ``[M, K]``."""
    table = sources.whole_array(path, key)
    if table.ndim not in (1, 2) or len(table) != num_images:
        raise DlibError(
            f"{path}: expected {key!r} to be [{num_images}] or [{num_images}, K], one row "
            f"for each image, found {list(table.shape)}"
        )
    table = table.reshape(num_images, -1)
    if table.dtype.kind in "bui":
        return table.astype(np.int64)
    if not np.isfinite(table).all():
        raise DlibError(f"{path}: {key!r} holds values that are not finite")
    ranks = [np.unique(column, return_inverse=True)[1] for column in table.T]
    return np.column_stack(ranks).astype(np.int64)


def _sizes(table, factor_sizes):
    return table.max(0) + 1 if factor_sizes is None else np.asarray(factor_sizes)


def _names(factor_names, num_factors):
    names = factor_names or [f"factor {k}" for k in range(num_factors)]
    if len(names) != num_factors:
        raise DlibError(f"array.factor_names: expected {num_factors} names, found {len(names)}")
    return names


def _states(path, table, sizes):
    try:
        return checked_factors(table, sizes) @ factor_bases(sizes)
    except DlibError as error:
        raise DlibError(f"{path}: {error}") from error


def _store(path, key, positions, shape, factors=None):
    identity = sources.identity([path], key, factors)
    if positions is None:
        return sources.stored_images("array", identity, shape, lambda: _blocks(path, key, shape))

    def placed():
        done = 0
        for block in _blocks(path, key, shape):
            yield positions[done : done + len(block)], block
            done += len(block)

    return sources.scattered_images("array", identity, shape, placed)


def _blocks(path, key, shape):
    """The images as uint8 0..255."""
    brightest = 0
    with sources.array_member(path, key) as stream:
        is_bool = stream.dtype == np.bool_
        for block in stream.blocks(sources.rows_per_block(shape[1:])):
            block = block.reshape(-1, *shape[1:])
            brightest = max(brightest, int(block.max()))
            yield block * np.uint8(255) if is_bool else block
    if brightest <= 1 and not is_bool:
        raise DlibError(
            f"{path}: {key!r} is uint8 and holds only 0 and 1, expected 0 to 255; save zeros and "
            f"ones as bool"
        )
