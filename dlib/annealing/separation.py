"""From samples of freezing points to the pressures that separate them.

The paper leaves this step to the eye ("an automatic way to adjust the best separation of IFP
distribution is highly required"). Factors are ordered by their median point. Between two
neighbours, a pressure leaves the factors above it frozen and those below it not; what lies on the
wrong side is the overlap. Where some pressure has little overlap, the groups part.

Axes: F factors, N repeats, E intervals of pressures.
"""

import dataclasses
import math

import gin
import numpy as np

from dlib.annealing import censored
from dlib.methods.shared import settings
from dlib.utils.errors import DlibError


@dataclasses.dataclass(frozen=True)
class Boundary:
    """Between two neighbours in the order of freezing.

    Attributes:
      upper, lower: their names.
      overlap: the largest share of one factor's points on the wrong side of the best pressure
        between all that freeze up to ``upper`` and all that freeze from ``lower`` on, in [0, 1].
        It decides whether the groups part here.
      may_part: whether they may, whatever the overlap.
      parted_in: share of the resamplings in which they part, the order of the factors being the
        same, in [0, 1]; None where nothing was resampled.
    """

    upper: str
    lower: str
    overlap: float
    may_part: bool = True
    parted_in: float | None = None


@dataclasses.dataclass(frozen=True)
class Separation:
    """A proposed schedule for DEFT.

    Attributes:
      groups: names of the factors that freeze in each stage.
      betas: the pressure of each stage, falling.
      group_sizes: latents of each group: its factors plus the spare ones.
      overlaps: a ``Boundary`` for each pair of neighbours in the order of freezing.
      group_overlaps: the overlaps of those at which the groups part.
    """

    groups: tuple
    betas: tuple
    group_sizes: tuple
    overlaps: tuple
    group_overlaps: tuple = ()


@gin.configurable(
    "separation", denylist=["points", "start", "end", "may_part", "resampled", "left_out"]
)
def separate(
    points, start, end, tolerance=0.2, margin=0.1, spare_latents=0, min_repeats=5, may_part=None,
    resampled=None, left_out=0,
):  # fmt: skip
    """Groups of factors, and the pressures between them.

    Args:
      points: ``{factor name: N freezing points}``; infinity and 0 for points that are known only
        to lie above ``start`` or below ``end``.
      start, end: the first and the last beta of the tests.
      tolerance: largest overlap of two groups, in [0, 0.5).
      margin: how far below the lowest point of its group a pressure lies, as a share of it, but
        not beyond the middle of the gap; in (0, 1).
      spare_latents: latents of a group beyond one a factor.
      min_repeats: fewest points of a factor that shares can be told from.
      may_part: names of factors that may be the first of a group; None for all.
      resampled: ``{factor name: [draws, N]}``, points of tests that were drawn again; they tell in
        how many draws each boundary parts. None: not told.
      left_out: tests that gave no points; named if too few others are left.

    Returns:
      ``Separation``. The last pressure is low enough for all points, or is ``end``.

    Raises:
      DlibError: for too few points, or a setting out of range.
    """
    settings.at_least("separation.tolerance", tolerance)
    settings.above("separation.margin", margin)
    settings.whole("separation.spare_latents", spare_latents, 0)
    settings.whole("separation.min_repeats", min_repeats)
    if tolerance >= 0.5 or margin >= 1:
        raise DlibError(
            f"separation.tolerance must be below 0.5 and separation.margin below 1, got "
            f"{tolerance} and {margin}."
        )
    samples = {name: np.sort(np.asarray(values, np.float64)) for name, values in points.items()}
    _check_repeats(samples, min_repeats, left_out)
    resampled = {name: np.sort(values, axis=1) for name, values in (resampled or {}).items()}
    order = sorted(samples, key=lambda name: -censored.median(samples[name]))
    groups, betas, overlaps, group_overlaps = [[order[0]]], [], [], []
    for k in range(1, len(order)):
        gap = best_gap(*_sides(samples, order, k))
        allowed = may_part is None or order[k] in may_part
        parted_in = None
        if resampled:
            parted_in = _share_parted(resampled, order, k, tolerance) if allowed else 0.0
        overlaps.append(Boundary(order[k - 1], order[k], gap.overlap, allowed, parted_in))
        if gap.overlap <= tolerance and allowed:
            group_overlaps.append(gap.overlap)
            betas.append(_inside(gap, margin, start, end))
            groups.append([])
        groups[-1].append(order[k])
    lowest = min(float(values[0]) for values in samples.values())
    betas.append(_clip((1 - margin) * lowest, start, end))
    sizes = tuple(len(group) + spare_latents for group in groups)
    groups = tuple(map(tuple, groups))
    return Separation(groups, tuple(betas), sizes, tuple(overlaps), tuple(group_overlaps))


def _check_repeats(samples, min_repeats, left_out):
    for name, values in samples.items():
        if len(values) < min_repeats:
            silent = "" if not left_out else (
                f" ({left_out} more tests never fell silent; annealing_schedule.start or .hold may "
                f"be too low)"
            )  # fmt: skip
            raise DlibError(
                f"{len(values)} freezing points of '{name}' are too few to separate factors, "
                f"expected {min_repeats} or more: raise annealing.repeats{silent}."
            )


def _sides(samples, order, k):
    """The points of the factors before the k-th in the order, and of the others."""
    return [samples[name] for name in order[:k]], [samples[name] for name in order[k:]]


def _share_parted(resampled, order, k, tolerance):
    """Share of the resamplings in which the k-th factor of the order begins a group."""
    draws = range(len(resampled[order[0]]))
    overlaps = (
        best_gap(*_sides({name: values[d] for name, values in resampled.items()}, order, k)).overlap
        for d in draws
    )
    return sum(overlap <= tolerance for overlap in overlaps) / len(draws)


@dataclasses.dataclass(frozen=True)
class Gap:
    """An interval of pressures between two neighbouring points, and the overlap in it.

    ``low == high`` where only points without a number, all on that side, are in question.
    """

    low: float
    high: float
    overlap: float


def best_gap(upper, lower):
    """The interval of pressures with the least overlap of two sets of factors.

    The overlap of a pressure is the largest share of one factor's points on its wrong side. Among
    equal ones the sum of the shares decides, then the ratio of the interval's ends. Of points that
    are censored alike nobody knows the order, so a pressure beyond the end (or the start) has half
    of them on its wrong side; its overlap is one half at least, hence no groups part there.

    Args:
      upper, lower: sorted arrays of points, one a factor; the upper ones are meant to freeze first.
    """
    points = np.unique(np.concatenate([*upper, *lower]))
    numbers = points[censored.is_known(points)]
    # The intervals between points, then the two places of the points without a number.
    low = np.concatenate([[0.0], numbers, [0.0, math.inf]])
    high = np.concatenate([numbers, [math.inf], [0.0, math.inf]])
    wrong = np.array(
        [*(_below(u, low, high) for u in upper), *(_above(x, low, high) for x in lower)]
    )  # [F, E]
    worst, total = wrong.max(0), wrong.sum(0)
    ratio = np.divide(high, low, out=np.full(len(low), math.inf), where=(low > 0) & (low < high))
    best = np.lexsort([-ratio, total, worst])[0]
    return Gap(float(low[best]), float(high[best]), float(worst[best]))


def _below(points, low, high):
    """Share of sorted points below each of E intervals ``(low, high)``; ties of a place as half."""
    count = np.searchsorted(points, low, side="right")
    ties = count - np.searchsorted(points, low, side="left")
    return (count - np.where(low == high, ties / 2, 0)) / len(points)


def _above(points, low, high):
    """Share of sorted points above each interval, likewise."""
    first = np.searchsorted(points, high, side="left")
    ties = np.searchsorted(points, high, side="right") - first
    return (len(points) - first - np.where(low == high, ties / 2, 0)) / len(points)


def _inside(gap, margin, start, end):
    """A pressure in the gap: just low enough for what lies above it."""
    high = min(gap.high, start)
    low = max(gap.low, end)
    return _clip(max((1 - margin) * high, math.sqrt(low * high)), start, end)


def _clip(beta, start, end):
    return float(min(max(beta, end), start))
