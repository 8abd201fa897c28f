"""Translation: a disc at 22 x 22 positions, to study one property on three grids.

The positions are those of the DEFT authors' published experiments; the images are drawn here.

Axes: M = 484 images.
"""

import gin
import numpy as np

from dlib.data.ground_truth import drawing, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import StoredProduct
from dlib.utils.errors import DlibError

CANVAS = 64
STEPS = 22
VERSION = 1  # of the drawing; part of the cache file's name


def _cartesian(i, j):
    """Squares of 2 pixels."""
    return 10 + 2.0 * i, 10 + 2.0 * j


def _honeycomb(i, j):
    """Equilateral triangles of side 2: every other row is shifted by half a step."""
    return 10 + 2.0 * i + (j % 2), 10 + np.sqrt(3.0) * j


def _polar(i, j):
    """Radius from 1 to 20 pixels about the middle, and angle in steps of 360 / 22 degrees."""
    radius, angle = 1 + 20 * i / STEPS, 2 * np.pi * j / STEPS
    middle = (CANVAS - 1) / 2
    return middle + radius * np.cos(angle), middle + radius * np.sin(angle)


# layout -> (names of the two factors, centre (x, y) of the disc in pixels)
LAYOUTS = {
    "cartesian": (("posX", "posY"), _cartesian),
    "honeycomb": (("posX", "posY"), _honeycomb),
    "polar": (("radius", "angle"), _polar),
}


@register("translation")
@gin.configurable("translation")
class Translation(StoredProduct):
    """64x64x1; two factors of 22 values that place a disc.

    Args:
      layout: "cartesian", "honeycomb" or "polar".
      radius: of the disc, in pixels. The authors' polar disc leaves the canvas; this one turns
        about its middle and, up to a radius of 10, stays inside in all layouts.
    """

    def __init__(self, layout="cartesian", radius=10):
        if layout not in LAYOUTS:
            raise DlibError(
                f"translation.layout: {layout!r} is unknown; there is {', '.join(LAYOUTS)}"
            )
        if not 0 < radius <= CANVAS / 2:
            raise DlibError(f"translation.radius: expected 0 to {CANVAS // 2}, found {radius!r}")
        factor_names, place = LAYOUTS[layout]
        store = sources.stored_images(
            "translation",
            sources.identity([], VERSION, layout, float(radius)),
            (STEPS**2, CANVAS, CANVAS, 1),
            lambda: _blocks(place, radius),
        )
        super().__init__("translation", "drawn", store, factor_names, (STEPS, STEPS))


def _blocks(place, radius):
    for i in range(STEPS):
        discs = [drawing.disc(place(i, j), radius, CANVAS, CANVAS) for j in range(STEPS)]
        yield np.stack(discs)[..., None]
