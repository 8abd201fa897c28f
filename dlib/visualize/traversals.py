"""Latent traversals as in the paper's figures 13, 15 and 17: one column per latent.

All latents stay at a base code but one, which takes a row's value. Axes: S values (rows), N
points, D latents, H W C image.
"""

import numpy as np

from dlib.visualize import style
from dlib.visualize.image_grid import CELL, GAP, fit, framed, joined, titled, to_rgb, white
from dlib.visualize.traversal_range import RANGES, traversal_values

__all__ = [
    "MAX_LATENTS",
    "RANGES",
    "column_headers",
    "decode_all",
    "draw_traversals",
    "label_size",
    "pale",
    "side_by_side",
    "traversal_codes",
    "traversal_values",
]

MAX_LATENTS = 16  # columns of one picture; the most informative are drawn
_DIMMED = 0.35  # how much of a dead latent's image is left


def traversal_codes(base, values):
    """Codes of a traversal: ``[S, D, D]``; entry ``[s, d]`` is ``base`` with ``values[s, d]`` at d.

    Args:
      base: a code, ``[D]``.
      values: ``[S, D]``.
    """
    num_latent = len(base)
    codes = np.tile(np.asarray(base, np.float32), (len(values), num_latent, 1))
    each = np.arange(num_latent)
    codes[:, each, each] = values
    return codes


def decode_all(decode, codes):
    """Images ``[..., H, W, C]`` of codes ``[..., D]`` by a decoder of ``[N, D]``."""
    images = np.asarray(decode(codes.reshape(-1, codes.shape[-1])))
    return images.reshape(*codes.shape[:-1], *images.shape[1:])


def draw_traversals(
    images,
    latents,
    row_labels=None,
    footers=None,
    footer_label="VIR",
    cell=CELL,
    max_latents=MAX_LATENTS,
    title=None,
):
    """The picture of a traversal.

    Args:
      images: ``[S, D, H, W, C]`` in [0, 1].
      latents: D ``Latent`` in the order of their columns; dead ones are drawn pale, after a gap.
      row_labels: S texts, written at the left.
      footers: ``{index of a latent: picture}`` to set below columns, all of one size (such as
        ``visualize_irs.small_effects``).
      footer_label: written at the left of these.
      cell: height of an image, see ``image_grid.fit``.
      max_latents: how many columns at most; below the picture stands how many are left out.
      title: written above the picture, such as the model and its MIG (Figure 13).

    Returns:
      uint8 ``[height, width, 3]``.
    """
    shown = latents[:max_latents]
    cells = fit(to_rgb(images), cell)  # [S, D, h, w, 3]
    size = label_size(cells.shape[3])
    headers = column_headers(shown, cells.shape[3], size)
    rows = [side_by_side(headers, shown)]
    rows += [side_by_side(columns, shown) for columns in pale(cells, shown)]
    sides = ["", *(row_labels or [""] * len(cells))]
    if footers:
        empty = white(*next(iter(footers.values())).shape[:2])
        rows.append(side_by_side([footers.get(latent.index, empty) for latent in shown], shown))
        sides.append(footer_label)
    if any(sides):
        rows = _with_row_labels(rows, sides, size)
    picture = joined(rows, 0)
    if title:
        picture = titled(picture, title, size, gap=size)
    return framed(_with_note(picture, len(latents) - len(shown), size))


def label_size(width):
    """Height of the letters above a column of ``width`` pixels."""
    return max(9, min(22, round(width * 0.17)))


def column_headers(latents, width, size):
    """What stands above each column: a list of pictures, ``width`` wide and all of one height."""
    texts = [_header(latent, width, size) for latent in latents]
    tallest = max(len(lines) for lines in texts)
    blank = [("", style.INK, False)]
    return [
        style.text_image(lines + blank * (tallest - len(lines)), width, size) for lines in texts
    ]


def side_by_side(columns, latents):
    """One row of pictures, with a wider gap where the dead latents begin."""
    pairs = list(zip(columns, latents, strict=True))
    alive = [column for column, latent in pairs if not latent.is_dead]
    dead = [column for column, latent in pairs if latent.is_dead]
    return joined([joined(group, 1) for group in (alive, dead) if group], 1, 4 * GAP)


def pale(cells, latents):
    """Rows of cells ``[S, D, ...]`` in the order of ``latents``, those of dead ones pale."""
    columns = cells[:, [latent.index for latent in latents]].copy()
    dead = [number for number, latent in enumerate(latents) if latent.is_dead]
    faded = style.WHITE - _DIMMED * (style.WHITE - columns[:, dead].astype(np.float32))
    columns[:, dead] = np.rint(faded).astype(np.uint8)
    return [list(row) for row in columns]


def _header(latent, width, size):
    """Lines of text: name and KL, then the factor, then the NMI with it."""
    color = style.QUIET if latent.is_dead else style.INK
    lines = [(latent.name, color, True), (f"KL {latent.kl_text}", color, False)]
    if latent.is_dead:
        return [*lines, ("unused", style.QUIET, False)]
    if latent.factor is None:
        return lines
    words = _wrapped(latent.factor, width, size)
    return [*lines, *((word, style.ACCENT, False) for word in words),
            (f"NMI {latent.nmi:.2f}", style.ACCENT, False)]  # fmt: skip


def _wrapped(name, width, size):
    """A factor's name in one line, or in two where it has a space to break at."""
    words = name.replace("_", " ").split()
    if style.text_width(name, size) <= width or len(words) < 2:
        return [" ".join(words)]
    return [words[0], " ".join(words[1:])]


def _with_row_labels(rows, labels, size):
    width = max(int(style.text_width(label, size)) for label in labels) + 4
    sides = [
        style.text_image([(label, style.QUIET, False)], width, size, "right", row.shape[0])
        for label, row in zip(labels, rows, strict=True)
    ]
    return [joined(pair, 1, 3 * GAP) for pair in zip(sides, rows, strict=True)]


def _with_note(picture, num_left_out, size):
    if not num_left_out:
        return picture
    text = f"{num_left_out} more latents, with less information, are not shown"
    note = style.text_image([(text, style.QUIET, False)], picture.shape[1], size, "right")
    return joined([picture, note], 0, 2 * GAP)
