"""Draws the images of dSprites.

The rule was found from the data set's published frames (google-deepmind/dsprites-dataset) and is
exact on every real image that was available; the authors' file itself was not, so single pixels
may differ in images nobody could compare.

* A sprite is a polygon: a square, an ellipse of 100 vertices, a heart of 150. It is scaled, turned
  counter-clockwise by one of 40 angles from 0 to 360 degrees (the last looks like the first) and
  put at ``16 + 32 k / 31`` pixels, x to the right and y down.
* Vertices are snapped to 1/256 pixel, half rounding up.
* A pixel is on if its centre is inside by the even-odd rule; a centre on a left or top edge is
  inside, on a right or bottom edge it is not.

All geometry after the snapping is in whole numbers of 1/256 pixel, so no comparison is rounded.

Axes: V vertices, X Y positions, M crossings of an edge with a row of pixel centres.
"""

import functools

import numpy as np

from dlib.data.ground_truth.util import checked_factors

# Color, shape, scale, orientation, position x, position y.
FACTOR_SIZES = (1, 3, 6, 40, 32, 32)
NUM_IMAGES = 737280
BYTES_PER_IMAGE = 512

_SIZE = 64  # pixels of a side
_UNIT = 256  # units of the snapping grid in a pixel
_CENTRES = 16.0 + 32.0 * np.arange(32) / 31.0  # pixels
_SCALES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_ANGLES = np.linspace(0.0, 2.0 * np.pi, 40)
_HALF_SIDE = 9.6  # pixels, the square's at scale 1


def render(latents_classes):
    """Draws images of dSprites.

    Args:
      latents_classes: whole numbers ``[N, 6]``: color (always 0), shape (square, ellipse, heart),
        scale, orientation, position x, position y, as in the data set's own file.

    Returns:
      uint8 ``[N, 64, 64]`` of zeros and ones, rows from top to bottom.

    Raises:
      DlibError: if a class is out of range or there are not six columns.
    """
    classes = checked_factors(latents_classes, FACTOR_SIZES)
    sprites, members = np.unique(classes[:, 1:4], axis=0, return_inverse=True)
    rows = np.empty((len(classes), _SIZE), dtype=np.uint64)
    for number, (shape, scale, orientation) in enumerate(sprites):
        chosen = np.flatnonzero(members.ravel() == number)
        positions = draw_sprite(shape, scale, orientation)
        rows[chosen] = positions[classes[chosen, 4], classes[chosen, 5]]
    return np.unpackbits(rows.view(np.uint8), axis=1).reshape(-1, _SIZE, _SIZE)


def write_all(path):
    """Writes all 737 280 images in the data set's order, one bit a pixel, 512 bytes an image."""
    with open(path, "wb") as file:
        for shape in range(3):
            for scale in range(6):
                for orientation in range(40):
                    file.write(draw_sprite(shape, scale, orientation))


def draw_sprite(shape, scale, orientation):
    """One sprite at all positions.

    Returns:
      uint64 ``[X, Y, 64]``: each row of 64 pixels as eight bytes, the leftmost pixel in the
      highest bit of the first byte.
    """
    right, down = _vertices(shape, scale, orientation)  # [V]
    x = _snap(_CENTRES[:, None] + right)  # [X, V]
    y = _snap(_CENTRES[:, None] + down)  # [Y, V]
    place, edge, row = _crossings(y)  # [M]
    columns = _first_columns(x, y, place, edge, row)  # [X, M]
    # Each crossing switches all pixels to its right; what is switched twice is outside again.
    switched = np.take(_pixels_from(), columns)  # [X, M]
    lines, starts = np.unique(place * _SIZE + row, return_index=True)
    images = np.zeros((len(_CENTRES), len(_CENTRES) * _SIZE), dtype=np.uint64)
    images[:, lines] = np.bitwise_xor.reduceat(switched, starts, axis=1)
    return images.reshape(len(_CENTRES), len(_CENTRES), _SIZE)


def _vertices(shape, scale, orientation):
    """Offsets of the vertices from the sprite's centre in pixels, right and down."""
    u, v = _outlines()[shape]
    cos, sin = np.cos(_ANGLES[orientation]), np.sin(_ANGLES[orientation])
    size = _SCALES[scale]
    return size * (cos * u + sin * v), size * (-sin * u + cos * v)


@functools.cache
def _outlines():
    """Vertices of square, ellipse and heart at scale 1, unturned, pixels: pairs of ``[V]``."""
    a = 2.0 * np.pi * np.arange(100) / 100
    ellipse = _HALF_SIDE * 1.33 * np.cos(a), _HALF_SIDE / 1.33 * np.sin(a)
    a = 2.0 * np.pi * np.arange(150) / 150
    height = 13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)
    heart = _HALF_SIDE * np.sin(a) ** 3, -_HALF_SIDE * (height / 14.5 + 0.15)
    square = _HALF_SIDE * np.array([-1.0, 1, 1, -1]), _HALF_SIDE * np.array([-1.0, -1, 1, 1])
    return square, ellipse, heart


def _snap(pixels):
    """Pixels to whole units of 1/256 pixel, half rounding up."""
    return np.floor(_UNIT * pixels + 0.5).astype(np.int64)


def _crossings(y):
    """Where edges cross the rows' centres, sorted by place and row.

    Args:
      y: vertices' heights in units, ``[Y, V]``.

    Returns:
      Position index, edge index and row of each crossing, each int64 ``[M]``. An edge is crossed
      from its upper end, included, to its lower end, excluded.
    """
    ends = np.sort(np.stack([y, np.roll(y, -1, axis=1)]), axis=0)  # [2, Y, V]
    first, end = -((_UNIT // 2 - ends) // _UNIT)  # row r has its centre at 256 r + 128
    counts = (end - first).ravel()
    flat = np.repeat(np.arange(counts.size), counts)
    row = np.arange(len(flat)) - np.repeat(np.cumsum(counts) - counts, counts) + first.ravel()[flat]
    place, edge = np.divmod(flat, y.shape[1])
    order = np.argsort(place * _SIZE + row, kind="stable")
    return place[order], edge[order], row[order]


def _first_columns(x, y, place, edge, row):
    """First pixel whose centre is on or right of each crossing, for each x: int64 ``[X, M]``."""
    after = (edge + 1) % x.shape[1]
    rise = y[place, after] - y[place, edge]  # never 0: a level edge crosses no row
    depth = _UNIT * row + _UNIT // 2 - y[place, edge]
    start = (x - _UNIT // 2)[:, edge]
    run = x[:, after] - x[:, edge]
    # ceil((start + run * depth / rise) / 256). The quotient of two whole numbers below 2**31 is a
    # whole number or at least 2**-31 away from one: float64 cannot round it to the wrong side.
    return np.ceil((start * rise + run * depth) / (_UNIT * rise)).astype(np.int64)


@functools.cache
def _pixels_from():
    """Rows whose pixels are on from column c to the right end, uint64 ``[65]``."""
    on = np.arange(_SIZE) >= np.arange(_SIZE + 1)[:, None]
    return np.packbits(on, axis=1).view(np.uint64).ravel()
