"""Shapes drawn on a pixel grid with soft edges; pixel centres are at integer coordinates."""

import numpy as np


def convex_polygon(vertices, height, width, subsamples=16):
    """The share of each pixel that a convex polygon covers.

    Args:
      vertices: ``[V, 2]``, x to the right and y downwards, in order around the polygon.
      subsamples: each pixel is asked at ``subsamples**2`` points.

    Returns:
      uint8 ``[height, width]``, 0 outside to 255 inside.
    """
    offsets = (np.arange(subsamples) + 0.5) / subsamples - 0.5
    x = (np.arange(width)[:, None] + offsets).ravel()  # [width * subsamples]
    y = (np.arange(height)[:, None] + offsets).ravel()[:, None]
    to_left, to_right = True, True
    for start, end in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        side = (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])
        to_left, to_right = to_left & (side >= 0), to_right & (side <= 0)
    inside = to_left | to_right  # whichever way the vertices run around
    share = inside.reshape(height, subsamples, width, subsamples).mean(axis=(1, 3))
    return np.round(255 * share).astype(np.uint8)


def disc(centre, radius, height, width):
    """A disc whose brightness falls linearly from 255 to 0 within one pixel across its edge.

    Args:
      centre: (x, y) in pixels, anywhere between them.

    Returns:
      uint8 ``[height, width]``.
    """
    y, x = np.indices((height, width))
    distance = np.hypot(x - centre[0], y - centre[1])
    return np.round(255 * np.clip(radius + 0.5 - distance, 0.0, 1.0)).astype(np.uint8)
