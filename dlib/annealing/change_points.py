"""Pressures at which the increment of information changes its level.

"The rate of information increment changes if there is a new factor starting to freeze" (DEFT
paper, section 5.5). The increment is split into pieces of constant level by penalised least squares
(Killick et al., 2012), exactly, with the package ``ruptures``.

Axes: S values of the increment over falling betas.
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
      low, high: where resampled seeds have it; NaN where nothing was resampled.
      before, after: levels of the increment above and below ``beta``, nats per unit of log beta.
    """

    beta: float
    low: float
    high: float
    before: float
    after: float

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
):
    """Change points of the increment, in the order of falling beta.

    Args:
      betas: ``[S]``, falling.
      increment: nats per unit of log beta, ``[S]``.
      resampled: further increments, ``[draws, S]``, whose change points tell how far each is
        certain; none by default.
      level: share of them within ``low`` and ``high``.
      penalty: what a change must gain, in units of the noise's variance times log S.
      least_jump: smallest difference of levels, in nats per unit of log beta. One latent of
        linear-Gaussian data adds 0.5.
      least_steps: shortest piece.
      least_ratio: rises (or falls) whose pressures are closer than this are one, at the largest of
        them; what freezes at slightly different pressures in different seeds rises by degrees.

    Returns:
      a tuple of ``ChangePoint``; empty for a level that does not change.

    Raises:
      DlibError: for a setting out of range.
    """
    settings.at_least("change_points.penalty", penalty)
    settings.above("change_points.least_jump", least_jump)
    settings.whole("change_points.least_steps", least_steps)
    settings.at_least("change_points.least_ratio", least_ratio, 1)
    increment = np.asarray(increment, np.float64)
    if len(increment) < 2 * least_steps:
        return ()
    # The noise from differences of neighbours, which levels hardly enter.
    deviation = 1.4826 * np.median(np.abs(np.diff(increment))) / np.sqrt(2)
    pen = max(
        penalty * deviation**2 * np.log(len(increment)),
        # What the smallest jump between two of the shortest pieces gains.
        least_jump**2 * least_steps / 2,
    )
    breaks = _split(increment, least_steps, pen=pen)
    breaks = _without_small_jumps(increment, breaks, least_jump)
    breaks = _joined(betas, increment, breaks, least_ratio)
    if not breaks:
        return ()
    at = _pressures(betas, breaks)
    low, high = _certainty(betas, resampled, len(breaks), least_steps, level)
    levels = _levels(increment, breaks)
    return tuple(
        ChangePoint(*map(float, values))
        for values in zip(at, low, high, levels[:-1], levels[1:], strict=True)
    )


def _split(values, least_steps, **how):
    """Positions at which a new piece begins; ``how`` is ``pen`` or ``n_bkps``."""
    import ruptures

    finder = ruptures.KernelCPD(kernel="linear", min_size=least_steps)
    return finder.fit(np.ascontiguousarray(values)[:, None]).predict(**how)[:-1]


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
    breaks = np.asarray(breaks)
    return np.sqrt(betas[breaks - 1] * betas[breaks])


def _certainty(betas, resampled, count, least_steps, level):
    """Where resampled increments have as many change points: low and high of each."""
    if not len(resampled):
        return np.full(count, np.nan), np.full(count, np.nan)
    breaks = np.array([_split(values, least_steps, n_bkps=count) for values in resampled])
    at = _pressures(betas, breaks)  # [draws, count]
    return np.quantile(at, [(1 - level) / 2, (1 + level) / 2], axis=0)
