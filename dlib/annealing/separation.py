"""From samples of freezing points to the pressures that separate them.

The paper leaves this step to the eye ("an automatic way to adjust the best separation of IFP
distribution is highly required"). Factors are ordered by their median point. Between two
neighbours, a pressure leaves the factors above it frozen and those below it not; what lies on the
wrong side is the overlap. Where some pressure has little overlap, the groups part.

Axes: F factors, N repeats.
"""

import dataclasses
import math

import gin
import numpy as np

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
    """

    upper: str
    lower: str
    overlap: float
    may_part: bool = True


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


@gin.configurable("separation", denylist=["points", "start", "end", "may_part"])
def separate(
    points, start, end, tolerance=0.2, margin=0.1, spare_latents=0, min_repeats=5, may_part=None
):
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

    Returns:
      ``Separation``. The last pressure is low enough for all points, or is ``end``.

    Raises:
      DlibError: for too few points.
    """
    settings.at_least("separation.tolerance", tolerance)
    settings.above("separation.margin", margin)
    settings.whole("separation.spare_latents", spare_latents, 0)
    if tolerance >= 0.5 or margin >= 1:
        raise DlibError(
            f"separation.tolerance must be below 0.5 and separation.margin below 1, got "
            f"{tolerance} and {margin}."
        )
    samples = {name: np.sort(np.asarray(values, np.float64)) for name, values in points.items()}
    for name, values in samples.items():
        if len(values) < min_repeats:
            raise DlibError(
                f"{len(values)} freezing points of '{name}' are too few to separate factors, "
                f"expected {min_repeats} or more: raise annealing.repeats."
            )
    order = sorted(samples, key=lambda name: -np.median(samples[name]))
    groups, betas, overlaps, group_overlaps = [[order[0]]], [], [], []
    for k in range(1, len(order)):
        upper = [samples[name] for name in order[:k]]
        lower = [samples[name] for name in order[k:]]
        gap = best_gap(upper, lower)
        allowed = may_part is None or order[k] in may_part
        overlaps.append(Boundary(order[k - 1], order[k], gap.overlap, allowed))
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


@dataclasses.dataclass(frozen=True)
class Gap:
    """An interval of pressures between two neighbouring points, and the overlap in it."""

    low: float
    high: float
    overlap: float


def best_gap(upper, lower):
    """The interval of pressures with the least overlap of two sets of factors.

    The overlap of a pressure is the largest share of one factor's points on its wrong side. Among
    equal ones the sum of the shares decides, then the ratio of the interval's ends.

    Args:
      upper, lower: arrays of points, one a factor; the upper ones are meant to freeze first.
    """
    values = np.unique(np.concatenate([*upper, *lower]))
    edges = np.concatenate([[0.0], values, [math.inf]])
    best, best_rank = None, None
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        if low == high:
            continue
        wrong = [float(np.mean(u <= low)) for u in upper]
        wrong += [float(np.mean(x >= high)) for x in lower]
        ratio = math.inf if low == 0 else high / low
        rank = (max(wrong), sum(wrong), -ratio)
        if best is None or rank < best_rank:
            best, best_rank = Gap(float(low), float(high), max(wrong)), rank
    return best


def _inside(gap, margin, start, end):
    """A pressure in the gap: just low enough for what lies above it."""
    high = min(gap.high, start)
    low = max(gap.low, end)
    return _clip(max((1 - margin) * high, math.sqrt(low * high)), start, end)


def _clip(beta, start, end):
    return float(min(max(beta, end), start))
