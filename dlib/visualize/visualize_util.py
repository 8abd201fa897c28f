"""The reference's (disentanglement_lib) helpers for pictures, under its names.

Images are ``[H, W, C]`` with values in [0, 1], or bytes.
"""

import math
from pathlib import Path

import numpy as np

from dlib.utils import files
from dlib.visualize.animation import cycle_factor, cycle_gaussian, cycle_interval, save_gif
from dlib.visualize.image_grid import grid, to_rgb

__all__ = [
    "add_below",
    "best_num_rows",
    "cycle_factor",
    "cycle_gaussian",
    "cycle_interval",
    "grid_save_images",
    "pad_around",
    "padded_grid",
    "padded_stack",
    "padding_array",
    "save_animation",
    "save_image",
]

_QUALITY = 95


def save_image(image, image_path):
    """Writes an image, whole or not at all; the name's ending says in which format.

    Values are clipped to [0, 1] and rounded to the nearest of 256 shades. The array stays as it is.

    Args:
      image: ``[H, W, 1]`` or ``[H, W, 3]``, floats in [0, 1] or bytes.
      image_path: a path that ends in .png, .jpg, ...

    Raises:
      ValueError: for an ending that stands for no format.
    """
    from PIL import Image

    kind = Image.registered_extensions().get(Path(image_path).suffix.lower())
    if kind is None:
        raise ValueError(f"{image_path} does not end in .png, .jpg or another image format.")
    options = {"quality": _QUALITY, "subsampling": 0} if kind == "JPEG" else {}
    with files.replacing(image_path) as temporary:
        Image.fromarray(np.ascontiguousarray(to_rgb(image))).save(temporary, kind, **options)


def grid_save_images(images, image_path):
    """Writes images in an approximately square grid; all, where the reference drops some."""
    save_image(grid(images, cell=np.shape(images[0])[0], gap=0), image_path)


def padded_grid(images, num_rows=None, padding_px=10):
    """Images in a grid with white between them, row by row; missing ones at the end are white."""
    num_rows = best_num_rows(len(images)) if num_rows is None else num_rows
    num_columns = math.ceil(len(images) / num_rows)
    missing = num_rows * num_columns - len(images)
    images = [*images, *[np.full_like(images[0], _white(images[0]))] * missing]
    rows = [
        padded_stack(images[start : start + num_columns], padding_px, axis=1)
        for start in range(0, len(images), num_columns)
    ]
    return padded_stack(rows, padding_px, axis=0)


def padded_stack(images, padding_px=10, axis=0):
    """Images in a column (``axis`` 0) or a row (1) with white between them."""
    parts = [images[0]]
    for image in images[1:]:
        parts += [padding_array(images[0], padding_px, axis), image]
    return np.concatenate(parts, axis=axis)


def padding_array(image, padding_px, axis):
    """White as long as ``image`` and ``padding_px`` wide along ``axis``."""
    shape = list(image.shape)
    shape[axis] = padding_px
    return np.full(shape, _white(image), dtype=image.dtype)


def pad_around(image, padding_px=10, axis=None):
    """An image with white on both sides along ``axis``, or on all four sides."""
    for each in (0, 1) if axis is None else (axis,):
        white = padding_array(image, padding_px, each)
        image = np.concatenate([white, image, white], axis=each)
    return image


def add_below(image, padding_px=10):
    """An image in three channels with white below; the reference puts its logo there, we do not.

    Args:
      image: ``[H, W]``, ``[H, W, 1]`` or ``[H, W, 3]``.
      padding_px: height of the white.

    Raises:
      ValueError: for another number of channels.
    """
    image = image[:, :, None] if image.ndim == 2 else image
    if image.shape[2] not in (1, 3):
        raise ValueError(f"an image has 1 or 3 channels, not {image.shape[2]}.")
    image = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
    return np.concatenate([image, padding_array(image, padding_px, 0)], axis=0)


def best_num_rows(num_elements, max_ratio=4):
    """A number of rows that leaves few places of a grid empty, and the grid not too wide.

    Of the numbers from the square root downwards, the first that leaves the fewest empty places;
    a grid is at most ``max_ratio`` times as wide as high.
    """
    largest = math.isqrt(num_elements)
    candidates = [n for n in range(largest, 0, -1) if num_elements <= max_ratio * n * n]
    return min(candidates or [largest], key=lambda rows: -num_elements % rows)


def save_animation(list_of_animated_images, image_path, fps):
    """Writes a GIF in which several animations run side by side, in bytes and for ever.

    Args:
      list_of_animated_images: animations, each ``[F, H, W, C]`` in [0, 1].
      image_path: a path that ends in .gif.
      fps: frames per second.
    """
    frames = [
        to_rgb(pad_around(add_below(padded_grid(list(images)))))
        for images in zip(*list_of_animated_images, strict=True)
    ]
    save_gif(np.stack(frames), image_path, fps)


def _white(image):
    return 255 if image.dtype == np.uint8 else 1
