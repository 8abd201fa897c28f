"""Medians of freezing points of which some have no number.

A point that is known only to lie below the last beta stands as 0, one above the first as infinity
(``FreezingPoint.bound``). A quantile needs only the order of the points, so these count like all
others; left out, they would pull every median towards the points that were found.

Axes: N points.
"""

import math

import numpy as np


def is_known(bounds):
    """Which bounds are numbers that were found: bools of their shape."""
    bounds = np.asarray(bounds, np.float64)
    return np.isfinite(bounds) & (bounds > 0)


def quantile(bounds, share):
    """A quantile of N bounds; 0 or infinity where it lies among the censored ones.

    Between two points of rank it is on the line between them as usual, but the lower one where
    either has no number.

    Args:
      bounds: ``[N]``, at least one.
      share: in [0, 1].
    """
    place = share * (len(bounds) - 1)
    lower, upper = _of_rank(bounds, math.floor(place), math.ceil(place))
    if lower == upper or not is_known([lower, upper]).all():
        return lower
    return float(np.quantile(bounds, share))


def median(bounds):
    """The median of N bounds, see ``quantile``."""
    lower, upper = _of_rank(bounds, (len(bounds) - 1) // 2, len(bounds) // 2)
    return float(np.median(bounds)) if is_known([lower, upper]).all() else lower


def _of_rank(bounds, *ranks):
    ordered = np.sort(np.asarray(bounds, np.float64))
    return [float(ordered[rank]) for rank in ranks]


def told(bound, start="the first beta", end="the last beta", digits=3):
    """A bound for people: its number, "below <end>" or "above <start>"; ends as numbers or words.

    ``digits`` of the number are told.
    """
    if is_known(bound):
        return f"{bound:.{digits}g}"
    side, beta = ("above", start) if bound > 0 else ("below", end)
    return f"{side} {beta}" if isinstance(beta, str) else f"{side} {beta:g}"
