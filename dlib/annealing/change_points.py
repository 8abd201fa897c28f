"""Pressures at which the increment of information changes its level.

"The rate of information increment changes if there is a new factor starting to freeze" (DEFT
paper, section 5.5). The increment is split into pieces of constant level by penalised least squares
(Killick et al., 2012), exactly, with the package ``ruptures``.

Axes: S values of the increment over falling betas, P change points.
"""

import dataclasses

import gin
import numpy as np

from dlib.methods.shared import settings


@dataclasses.dataclass(frozen=True)
class ChangePoint:
    """A pressure at which the increment changes.

    Attributes:
      beta: the pressure.
      low, high: where resampled seeds have it, ``low <= beta <= high``; NaN where nothing was
        resampled.
      before, after: levels of the increment above and below ``beta``, nats per unit of log beta.
      found: share of the resamplings that have it, in [0, 1]; NaN where there are none.
    """

    beta: float
    low: float
    high: float
    before: float
    after: float
    found: float

    @property
    def rises(self):
        """Whether something starts to freeze here."""
        return self.after > self.before


@gin.configurable("change_points", denylist=["betas", "increment", "resampled", "level"])
def change_points(
    betas,
    increment,
    resampled=(),
    level=0.95,
    penalty=3.0,
    least_jump=0.25,
    least_steps=3,
    least_ratio=1.25,
    reach=1.5,
):
    """Change points of the increment, in the order of falling beta.

    Args:
      betas: ``[S]``, falling.
      increment: nats per unit of log beta, ``[S]``.
      resampled: further increments, ``[draws, S]``, whose change points tell how far each is
        certain; none by default.
      level: share of those that have it within ``low`` and ``high``.
      penalty: what a change must gain, in units of the noise's variance times log S.
      least_jump: smallest difference of levels, in nats per unit of log beta. One latent of
        linear-Gaussian data adds 0.5.
      least_steps: shortest piece.
      least_ratio: rises (or falls) whose pressures are closer than this are one, at the largest of
        them; what freezes at slightly different pressures in different seeds rises by degrees.
      reach: a change point of a resampling is one of ours if it goes the same way and lies within
        this factor; the nearest counts.

    Returns:
      a tuple of ``ChangePoint``; empty for a level that does not change.

    Raises:
      DlibError: for a setting out of range.
    """
    settings.at_least("change_points.penalty", penalty)
    settings.above("change_points.least_jump", least_jump)
    settings.whole("change_points.least_steps", least_steps)
    settings.at_least("change_points.least_ratio", least_ratio, 1)
    settings.above("change_points.reach", reach, 1)
    how = (penalty, least_jump, least_steps, least_ratio)
    at, levels = _changes(betas, increment, *how)
    if not len(at):
        return ()
    signs = np.sign(np.diff(levels))
    near = [
        _nearest(at, signs, found, np.sign(np.diff(steps)), reach)
        for found, steps in (_changes(betas, values, *how) for values in resampled)
    ]
    low, high, found = _certainty(at, np.reshape(near, (len(near), len(at))), level)
    return tuple(
        ChangePoint(*map(float, values))
        for values in zip(at, low, high, levels[:-1], levels[1:], found, strict=True)
    )


def _changes(betas, increment, penalty, least_jump, least_steps, least_ratio):
    """Pressures of the changes of one increment, ``[P]``, and the levels between them."""
    increment = np.asarray(increment, np.float64)
    if len(increment) < 2 * least_steps:
        return np.zeros(0), [0.0]
    # The noise from differences of neighbours, which levels hardly enter.
    deviation = 1.4826 * np.median(np.abs(np.diff(increment))) / np.sqrt(2)
    pen = max(
        penalty * deviation**2 * np.log(len(increment)),
        # What the smallest jump between two of the shortest pieces gains.
        least_jump**2 * least_steps / 2,
    )
    breaks = _split(increment, least_steps, pen)
    breaks = _without_small_jumps(increment, breaks, least_jump)
    breaks = _joined(betas, increment, breaks, least_ratio)
    return _pressures(betas, breaks), _levels(increment, breaks)


def _split(values, least_steps, pen):
    """Positions at which a new piece begins."""
    import ruptures

    finder = ruptures.KernelCPD(kernel="linear", min_size=least_steps)
    return finder.fit(np.ascontiguousarray(values)[:, None]).predict(pen=pen)[:-1]


def _levels(values, breaks):
    edges = [0, *breaks, len(values)]
    return [float(np.mean(values[a:b])) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def _without_small_jumps(values, breaks, least_jump):
    """Joins pieces of nearly equal level, the most equal ones first."""
    breaks = list(breaks)
    while breaks:
        jumps = np.abs(np.diff(_levels(values, breaks)))
        smallest = int(np.argmin(jumps))
        if jumps[smallest] >= least_jump:
            break
        del breaks[smallest]
    return breaks


def _joined(betas, values, breaks, least_ratio):
    """Joins neighbours that go the same way and are closer than a ratio, the closest ones first."""
    breaks = list(breaks)
    while len(breaks) > 1:
        jumps = np.diff(_levels(values, breaks))
        at = _pressures(betas, breaks)
        ratios = np.where(jumps[:-1] * jumps[1:] > 0, at[:-1] / at[1:], np.inf)
        closest = int(np.argmin(ratios))
        if ratios[closest] >= least_ratio:
            break
        first_is_larger = abs(jumps[closest]) >= abs(jumps[closest + 1])
        del breaks[closest + first_is_larger]
    return breaks


def _pressures(betas, breaks):
    """Between the last value of a piece and the first of the next, in the middle of log beta."""
    breaks = np.asarray(breaks, np.int64)
    return np.sqrt(betas[breaks - 1] * betas[breaks])


def _nearest(at, signs, found, found_signs, reach):
    """For each of P changes the nearest of those that were found, ``[P]``; NaN where none is.

    It must go the same way and lie within the reach; each that was found belongs to one change
    only, its nearest.
    """
    nearest, closest = np.full(len(at), np.nan), np.full(len(at), np.log(reach))
    distances = np.abs(np.log(at[:, None] / found))  # [P, changes found]
    distances[signs[:, None] != found_signs] = np.inf
    for beta, column in zip(found, distances.T, strict=True):
        own = int(np.argmin(column))
        if column[own] <= closest[own]:
            closest[own], nearest[own] = column[own], beta
    return nearest


def _certainty(at, near, level):
    """Low and high of each change and the share of resamplings that have it, ``[P]`` each.

    A change is within its own interval, also where all resamplings have it a step beside.

    Args:
      at: ``[P]``.
      near: what each resampling has in its place, ``[draws, P]``; NaN for nothing.
      level: see ``change_points``.
    """
    if not len(near):
        return (np.full(len(at), np.nan),) * 3
    shares = [(1 - level) / 2, (1 + level) / 2]
    ends = []
    for beta, values in zip(at, near.T, strict=True):
        known = values[~np.isnan(values)]
        low, high = np.quantile(known, shares) if len(known) else (beta, beta)
        ends.append((min(low, beta), max(high, beta)))
    low, high = np.reshape(ends, (-1, 2)).T
    return low, high, np.mean(~np.isnan(near), axis=0)
