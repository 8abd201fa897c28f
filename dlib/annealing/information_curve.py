"""The curve of information over beta of several seeds, and its increment (DEFT paper, Figure 16).

The increment is taken per unit of log beta. For linear-Gaussian data it is then half the number of
frozen latents (each carries 0.5 ln(l / (beta s)) nats), a step function of beta, whatever the
schedule; the paper leaves the unit open.

Axes: R repeats, T updates of the fall, S steps of log beta.
"""

import dataclasses

import gin
import numpy as np

from dlib.methods.shared import settings
from dlib.utils.errors import DlibError


@dataclasses.dataclass(frozen=True)
class Band:
    """The median over seeds and its bootstrap band; ``rows`` are the seeds themselves, [R, S]."""

    rows: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclasses.dataclass(frozen=True)
class InformationCurve:
    """What several seeds saw, on one grid of equal steps of log beta.

    Attributes:
      betas: centres of the S steps, falling.
      information: I(x; z) in nats, a ``Band`` over ``betas``.
      reconstruction: the reconstruction loss, likewise.
      between: the betas between the steps, S - 1.
      increment: growth of information in nats per unit of falling log beta, over ``between``.
      resampled: medians of the increment of each bootstrap draw, ``[draws, S - 1]``.
    """

    betas: np.ndarray
    information: Band
    reconstruction: Band
    between: np.ndarray
    increment: Band
    resampled: np.ndarray


@gin.configurable("information_curve", denylist=["curves", "schedule", "random_state"])
def information_curve(curves, schedule, random_state, num_steps=100, draws=1000, level=0.95):
    """Curves of several seeds on one grid, with bootstrap bands of their medians.

    Args:
      curves: R ``Curve`` that fell to the end.
      schedule: their ``Schedule``.
      random_state: draws the seeds of each resampling.
      num_steps: S; at most half the updates of the fall.
      draws: resamplings of the R seeds.
      level: share of the resampled medians within the band, in (0, 1).

    Raises:
      DlibError: for a setting out of range.
    """
    settings.whole("information_curve.num_steps", num_steps, 3)
    settings.whole("information_curve.draws", draws)
    settings.above("information_curve.level", level)
    if level >= 1 or num_steps > schedule.steps // 2:
        raise DlibError(
            f"information_curve.level must be below 1 and num_steps at most half of "
            f"annealing_schedule.steps = {schedule.steps}, got {level} and {num_steps}."
        )
    betas = schedule.betas()
    edges = np.geomspace(schedule.start, schedule.end, num_steps + 1)
    centres = np.sqrt(edges[:-1] * edges[1:])
    rows = [means_of_steps(betas, curve.information, edges) for curve in curves]  # R x [S]
    losses = [means_of_steps(betas, curve.reconstruction, edges) for curve in curves]
    # Between the places of the means, so that a line in log beta has its slope exactly.
    places = -means_of_steps(betas, np.log(betas), edges)
    grown = np.diff(rows, axis=1) / np.diff(places)  # [R, S - 1]
    drawn = random_state.randint(len(curves), size=(draws, len(curves)))
    resampled = resampled_medians(grown, drawn)
    return InformationCurve(
        centres,
        _band(rows, drawn, level),
        _band(losses, drawn, level),
        edges[1:-1],
        _band(grown, drawn, level, resampled),
        resampled,
    )


def means_of_steps(betas, values, edges):
    """Means of ``values [T]`` over falling ``betas [T]`` within each step of ``edges [S + 1]``.

    A linear schedule has fewer updates in the steps of small betas; where a step has none the
    neighbours' means are joined by a line in log beta.
    """
    step = np.searchsorted(-edges, -np.asarray(betas), side="right") - 1
    step = np.clip(step, 0, len(edges) - 2)  # the last edge belongs to the last step
    count = np.bincount(step, minlength=len(edges) - 1)
    total = np.bincount(step, weights=values, minlength=len(edges) - 1)
    filled = count > 0
    at = np.arange(len(count))
    return np.interp(at, at[filled], total[filled] / count[filled])


def resampled_medians(rows, drawn):
    """Medians over seeds ``[draws, S]`` of ``rows [R, S]`` for seeds ``drawn [draws, R]``."""
    rows = np.asarray(rows)
    return np.stack([np.median(rows[seeds], axis=0) for seeds in drawn])


def _band(rows, drawn, level, resampled=None):
    rows = np.asarray(rows)
    resampled = resampled_medians(rows, drawn) if resampled is None else resampled
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Band(rows, np.median(rows, axis=0), low, high)
