"""How sure freezing points are: what other tests of the same kind could have given.

Tests are drawn again with replacement (Efron, 1979). Intervals are percentiles of the medians; as
everywhere, points without a number count by their rank.

Axes: N points, D draws.
"""

import numpy as np

from dlib.annealing import censored

DRAWS = 1000
LEVEL = 0.95


def resampled(points, random_state, together=False, draws=DRAWS):
    """The points of D draws of the tests: ``{name: [D, N]}``.

    Args:
      points: ``{name: N points}``.
      random_state: draws the tests.
      together: whether a test gave one point of each name, so that these are drawn together.
      draws: D.
    """
    values = {name: np.asarray(bounds, np.float64) for name, bounds in points.items()}
    if not together:
        return {
            name: bounds[random_state.randint(len(bounds), size=(draws, len(bounds)))]
            for name, bounds in values.items()
        }
    (count,) = {len(bounds) for bounds in values.values()}
    drawn = random_state.randint(count, size=(draws, count))
    return {name: bounds[drawn] for name, bounds in values.items()}


def median_interval(rows, level=LEVEL):
    """Between which bounds the median of N points lies in a share of the draws: ``(low, high)``.

    Args:
      rows: ``[D, N]``.
      level: the share, in (0, 1).
    """
    medians = [censored.median(row) for row in rows]
    return tuple(censored.quantile(medians, (1 + sign * level) / 2) for sign in (-1, 1))
