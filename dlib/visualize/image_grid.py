"""Images side by side: reconstructions, samples.

Axes: N images, H W C image. Pictures are uint8 ``[height, width, 3]``.
"""

import math

import numpy as np

from dlib.visualize import style

GAP = 4  # pixels between cells
CELL = 128  # what a cell measures, about, for pictures that stand still
_SIDES = ("original", "decoded")
_LINE = 208  # grey of the line around images


def to_rgb(images):
    """Images as bytes: uint8 ``[..., H, W, 3]`` of ``[..., H, W, C]``.

    Floats in [0, 1] are clipped and rounded; bytes stay. One channel is grey, three are red,
    green and blue; any other number of channels is shown as grey images side by side.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        images = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    channels = images.shape[-1]
    if channels not in (1, 3):
        side_by_side = np.moveaxis(images, -1, -2)  # [..., H, C, W]
        *others, height, _, width = side_by_side.shape
        images = side_by_side.reshape(*others, height, channels * width, 1)
    return images if images.shape[-1] == 3 else np.repeat(images, 3, axis=-1)


def fit(images, cell=CELL):
    """Images enlarged by a whole number, pixel by pixel, until about ``cell`` pixels high.

    Images of twice that and more are shrunk by a whole number instead; each pixel is then a mean.

    Args:
      images: uint8 ``[..., H, W, 3]``.
      cell: the wanted height.
    """
    height = images.shape[-3]
    factor = max(1, round(cell / height))
    if factor > 1:
        return images.repeat(factor, axis=-3).repeat(factor, axis=-2)
    return _shrink(images, height // cell) if height >= 2 * cell else images


def _shrink(images, factor):
    *others, height, width, _ = images.shape
    rows, columns = math.ceil(height / factor), math.ceil(width / factor)
    missing = [(0, 0)] * len(others) + [
        (0, rows * factor - height),
        (0, columns * factor - width),
        (0, 0),
    ]
    blocks = np.pad(images, missing, mode="edge").reshape(*others, rows, factor, columns, factor, 3)
    return np.rint(blocks.mean(axis=(-4, -2))).astype(np.uint8)


def outlined(images):
    """Images ``[..., H, W, 3]`` with a fine grey line around each: the edge of white ones."""
    still = [(0, 0)] * (np.ndim(images) - 3)
    return np.pad(images, [*still, (1, 1), (1, 1), (0, 0)], constant_values=_LINE)


def white(height, width):
    """An empty picture."""
    return np.full((height, width, 3), style.WHITE, np.uint8)


def joined(pictures, axis, gap=GAP):
    """Pictures in a column (``axis`` 0) or a row (1) with white gaps; shorter ones are filled."""
    across = 1 - axis
    length = max(picture.shape[across] for picture in pictures)
    parts = []
    for number, picture in enumerate(pictures):
        shape = list(picture.shape)
        if number and gap:
            shape[axis], shape[across] = gap, length
            parts.append(np.full(shape, style.WHITE, np.uint8))
            shape = list(picture.shape)
        shape[across] = length - picture.shape[across]
        filling = np.full(shape, style.WHITE, np.uint8)
        parts.append(np.concatenate([picture, filling], axis=across))
    return np.concatenate(parts, axis=axis)


def framed(picture, margin=16):
    """A picture with a white margin."""
    return np.pad(
        picture, ((margin, margin), (margin, margin), (0, 0)), constant_values=style.WHITE
    )


def titled(picture, text, size=20, bold=False, gap=GAP):
    """A picture with a line of text above it, which makes it wider if it must."""
    width = max(picture.shape[1], math.ceil(style.text_width(text, size, bold)))
    line = style.text_image([(text, style.INK, bold)], width, size, "left")
    return joined([line, picture], 0, gap)


def grid(images, num_columns=None, cell=CELL, gap=GAP):
    """Images row by row, the last row filled with white.

    Args:
      images: ``[N, H, W, C]``, floats in [0, 1] or bytes, or a list of images of one shape.
      num_columns: images in a row; by default about as many as there are rows.
      cell: see ``fit``.
      gap: pixels between images.
    """
    cells = fit(to_rgb(np.stack(list(images))), cell)
    num_columns = num_columns or math.ceil(math.sqrt(len(cells)))
    rows = [
        joined(list(cells[start : start + num_columns]), 1, gap)
        for start in range(0, len(cells), num_columns)
    ]
    return joined(rows, 0, gap)


def samples(images, num_columns=None, cell=CELL):
    """Images that a decoder makes of draws from the prior, in a grid with a margin."""
    return framed(grid(images, num_columns, cell))


def reconstructions(originals, decoded, num_columns=12, cell=CELL):
    """Originals, each above what the model makes of it.

    Args:
      originals: ``[N, H, W, C]`` in [0, 1].
      decoded: the same shape.
      num_columns: pairs in a row.
      cell: see ``fit``.

    Raises:
      ValueError: if the shapes differ.
    """
    if np.shape(originals) != np.shape(decoded):
        raise ValueError(
            f"originals and reconstructions must have one shape, not {np.shape(originals)} and "
            f"{np.shape(decoded)}."
        )
    blocks = []
    for start in range(0, len(originals), num_columns):
        part = slice(start, start + num_columns)
        rows = [grid(images[part], num_columns, cell) for images in (originals, decoded)]
        labelled = [_with_label(*pair) for pair in zip(_SIDES, rows, strict=True)]
        blocks.append(joined(labelled, 0))
    return framed(joined(blocks, 0, 4 * GAP))


def _with_label(text, row):
    size = max(10, row.shape[0] // 6)
    width = math.ceil(max(style.text_width(side, size) for side in _SIDES))
    label = style.text_image([(text, style.QUIET, False)], width, size, "right", row.shape[0])
    return joined([label, row], 1, 2 * GAP)
