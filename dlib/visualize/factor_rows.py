"""Rows of images with a label before them and captions below, as one picture.

Axes: n images of a row, H W C image. Pictures are uint8 ``[height, width, 3]``.
"""

from dataclasses import dataclass

import numpy as np

from dlib.visualize import style
from dlib.visualize.image_grid import CELL, fit, framed, joined, outlined, to_rgb, white

_NAME, _NOTE, _CAPTION, _TITLE = 20, 16, 14, 28  # heights of letters
_GAP, _ROW_GAP, _MARGIN = 8, 18, 28


@dataclass(frozen=True)
class Row:
    """A row of images.

    Attributes:
      label, note: written before the images, the note smaller below the label.
      images: ``[n, H, W, C]``, floats in [0, 1] or bytes.
      captions: n short texts below the images.
    """

    label: str
    note: str
    images: np.ndarray
    captions: tuple


def draw_rows(title, note, rows, cell=CELL):
    """Draws rows under a title.

    Args:
      title, note: above the rows.
      rows: list of ``Row`` with images of one size.
      cell: height of an image, see ``image_grid.fit``.
    """
    width = 2 * _GAP + max(
        int(max(style.text_width(row.label, _NAME), style.text_width(row.note, _NOTE)))
        for row in rows
    )
    body = joined([_drawn(row, width, cell) for row in rows], 0, _ROW_GAP)
    head_width = int(
        max(body.shape[1], style.text_width(title, _TITLE, True), style.text_width(note, _NOTE)) + 1
    )
    head = [
        style.text_image([(title, style.INK, True)], head_width, _TITLE, "left"),
        style.text_image([(note, style.QUIET, False)], head_width, _NOTE, "left", 30),
    ]
    return framed(joined([joined(head, 0, 0), body], 0, 24), _MARGIN)


def _drawn(row, label_width, cell):
    images = outlined(fit(to_rgb(row.images), cell))
    size = style.line_height(_CAPTION) + 4
    cells = []
    for image, caption in zip(images, row.captions, strict=True):
        text = [(caption, style.QUIET, False)]
        cells.append(
            joined([image, style.text_image(text, image.shape[1], _CAPTION, height=size)], 0, 0)
        )
    return joined([_label(row, label_width, images.shape[1]), joined(cells, 1, _GAP)], 1, 0)


def _label(row, width, height):
    """Label and note, together half-way up the images."""
    lines = [
        style.text_image([(row.label, style.INK, False)], width, _NAME, "left"),
        style.text_image([(row.note, style.QUIET, False)], width, _NOTE, "left"),
    ]
    text = joined(lines, 0, 0)
    above = max(0, (height - text.shape[0]) // 2)
    return joined([white(above, width), text], 0, 0) if above else text
