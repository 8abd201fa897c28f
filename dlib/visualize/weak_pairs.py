"""Pairs of observations as a weakly supervised method sees them: what they share, what differs.

Axes: B pairs, D latents, F frames, H W C image.
"""

import numpy as np

from dlib.visualize import style
from dlib.visualize.image_grid import CELL, GAP, fit, framed, joined, to_rgb, white
from dlib.visualize.traversals import MAX_LATENTS, column_headers

NUM_PAIRS = 8
_TITLES = ("first", "decoded", "second", "decoded")
_LATENT = 64  # width of a latent's column in pixels
_TEXT = 14
_OWN, _SHARED = "#0b5fa5", "#eef1f4"
_GIF_CELL = 96
_GIF_TEXT = 11
_MOST_NAMES = 3  # lines below a pair


def draw_pairs(images, decoded, own, distances, changed, latents, cell=CELL):
    """A row for each pair: both observations, what is made of them, and each latent's part.

    A latent that each observation keeps for itself is dark; one that the pair shares (its posterior
    is the pair's average) is light. The number in it is how far apart the two posteriors are.

    Args:
      images: the observations, ``[2, B, H, W, C]`` in [0, 1].
      decoded: the decoded means of the pair's posteriors, the same shape.
      own: latents that are not shared, bool ``[B, D]``.
      distances: KL(first || second) of each latent in nats, ``[B, D]``.
      changed: B lists of the names of the factors that differ.
      latents: D ``Latent``; the first ones are shown, in this order.
      cell: height of an image, see ``image_grid.fit``.

    Returns:
      uint8 ``[height, width, 3]``.
    """
    shown = latents[:MAX_LATENTS]
    cells = [fit(to_rgb(part), cell) for pair in zip(images, decoded, strict=True) for part in pair]
    titles = [_text(title, cells[0].shape[2]) for title in _TITLES]
    heads = column_headers(shown, _LATENT, _TEXT - 3)
    rows = [_row(titles, heads, heads[0].shape[0], _side("differ in", heads[0].shape[0]))]
    for b, names in enumerate(changed):
        height = cells[0].shape[1]
        boxes = [_box(own[b, z.index], distances[b, z.index], height) for z in shown]
        pictures = [part[b] for part in cells]
        rows.append(_row(pictures, boxes, height, _side(", ".join(names) or "nothing", height)))
    return framed(joined([*rows, _legend(rows[0].shape[1], len(latents) - len(shown))], 0, 2 * GAP))


def walk(num_frames):
    """How far each frame is from the first observation to the second: ``[F]``, there and back."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(num_frames) / num_frames)


def walk_codes(codes, num_frames):
    """Codes on the way from one observation of a pair to the other: ``[F, B, D]``.

    Latents that are shared stay where they are.

    Args:
      codes: means of the pair's posteriors, ``[2, B, D]``.
      num_frames: F.
    """
    first, second = np.asarray(codes, np.float32)
    part = walk(num_frames).astype(np.float32)[:, None, None]
    return first + part * (second - first)


def pair_frames(images, decoded, own, changed, latents, cell=_GIF_CELL):
    """A column for each pair: the observation, what is decoded on the way, and what moves.

    Args:
      images: the observations, ``[2, B, H, W, C]`` in [0, 1]; the nearer one is shown.
      decoded: images of ``walk_codes``, ``[F, B, H, W, C]``.
      own, changed, latents, cell: as for ``draw_pairs``.

    Returns:
      uint8 ``[F, height, width, 3]``.
    """
    originals, decoded = fit(to_rgb(images), cell), fit(to_rgb(decoded), cell)
    width = decoded.shape[3]
    num_lines = min(_MOST_NAMES, max(map(len, changed)))
    texts = [_moves(own[b], changed[b], num_lines, latents, width) for b in range(len(own))]
    frames = []
    for part, frame in zip(walk(len(decoded)), decoded, strict=True):
        nearer = originals[int(round(part, 9) > 0.5)]
        columns = [joined(column, 0) for column in zip(nearer, frame, texts, strict=True)]
        frames.append(framed(joined(columns, 1, 2 * GAP), 8))
    return np.stack(frames)


def _moves(own, names, num_lines, latents, width):
    """Below a column: the factors that differ, and the latents that are not shared."""
    if len(names) > num_lines:
        names = [*names[: num_lines - 1], f"and {len(names) - num_lines + 1} more"]
    names = [*names, *[""] * (num_lines - len(names))]
    lines = [(name.replace("_", " "), style.INK, False) for name in names]
    moving = " ".join(z.name for z in latents if own[z.index])
    lines.append((moving or "all shared", style.ACCENT, True))
    return style.text_image(lines, width, _GIF_TEXT)


def _row(pictures, boxes, height, side):
    gap = white(height, 2 * GAP)
    return joined([joined(pictures, 1), gap, joined(boxes, 1, 2), gap, side], 1)


def _box(is_own, distance, height):
    """A latent's part in a pair."""
    color = _OWN if is_own else _SHARED
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    box = np.full((height, _LATENT, 3), rgb, np.uint8)
    digits = 0 if distance >= 10 else 1 if distance >= 1 else 2
    text = f"{distance:.{digits}f}"
    label = style.text_image([(text, style.INK, False)], _LATENT - 16, _TEXT)
    top = (height - label.shape[0]) // 2
    box[top : top + label.shape[0], 8:-8] = label
    return box


def _side(text, height):
    """What stands at the right of a row, one line a factor."""
    lines = [(part, style.INK, False) for part in text.split(", ")][:6]
    return style.text_image(lines, 150, _TEXT, "left", height)


def _text(text, width):
    return style.text_image([(text, style.QUIET, False)], width, _TEXT)


def _legend(width, num_left_out):
    text = (
        "dark: each observation's own; light: shared, the pair's average; numbers: KL of the two "
        "posteriors in nats"
    )
    if num_left_out:
        text += f"; {num_left_out} more latents are not shown"
    return style.text_image([(text, style.QUIET, False)], width, _TEXT, "left")
