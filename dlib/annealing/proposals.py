"""From finished tests to a schedule for DEFT, with labels and without.

Axes: R repeats, D latents.
"""

import dataclasses
import math

import gin
import numpy as np

from dlib.annealing import bootstrap, censored
from dlib.annealing import change_points as changes
from dlib.annealing.batched_test import Curve
from dlib.annealing.freezing_point import point_of, points_of_latents
from dlib.annealing.information_curve import InformationCurve, information_curve
from dlib.annealing.separation import Separation, separate
from dlib.methods.shared import settings
from dlib.utils.errors import DlibError

# Bootstrap draws whose change points are looked for; each costs milliseconds.
_DRAWS_OF_CHANGES = 200


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A schedule and what it was read from.

    Attributes:
      separation: groups, pressures, overlaps.
      points: ``{factor or rank of latent: R bounds}`` that were separated.
      intervals: ``{factor or rank of latent: (low, high)}``, the bootstrap interval over tests of
        the median of its points, see ``bootstrap.median_interval``.
      left_out: tests of a whole set that never fell silent, hence without points.
      curve: the ``InformationCurve`` of a whole set, or None.
      change_points: those of its increment.
    """

    separation: Separation
    points: dict
    intervals: dict
    left_out: int = 0
    curve: InformationCurve | None = None
    change_points: tuple = ()


def check_settings(variant, repeats, schedule, criterion):
    """Raises what the tests or the proposal would come to in the end for the settings in place."""
    if schedule.hold < criterion.window:
        raise DlibError(
            f"annealing_schedule.hold = {schedule.hold} must be at least freezing_point.window = "
            f"{criterion.window}: silence is told from a whole window, so no network would fall "
            f"silent."
        )
    if schedule.steps < criterion.window:
        raise DlibError(
            f"annealing_schedule.steps = {schedule.steps} must be at least freezing_point.window = "
            f"{criterion.window}: a crossing is told from a whole window, so none would be found."
        )
    separate({"each factor": np.ones(repeats)}, schedule.start, schedule.end)
    if variant == "whole_set":
        betas = schedule.betas()
        silent = np.zeros(len(betas))
        none = silent[:0]
        curve = Curve(betas, silent, silent[:, None], silent, 0, True, none, none[:, None])
        found = information_curve([curve], schedule, np.random.RandomState(0))
        changes.change_points(found.between, found.increment.median)
        begin_of_groups((), {})


def from_factors(tests, schedule, criterion, random_state):
    """The proposal from the points of each factor.

    Args:
      tests: R tests of each factor.
      schedule: their ``Schedule``.
      criterion: their ``Criterion``.
      random_state: for the bootstrap.

    Raises:
      DlibError: if no test of any factor froze, or all were frozen at the start.
    """
    points = {}
    for test in tests:
        points.setdefault(test.subject, []).append(point_of(test.curve, criterion).bound())
    if not any(bound > 0 for bounds in points.values() for bound in bounds):
        raise DlibError(
            f"none of the {len(tests)} tests passed {criterion.threshold:g} nats down to beta "
            f"{schedule.end:g}: raise annealing_schedule.steps, or lower annealing_schedule.end."
        )
    if all(bound == math.inf for bounds in points.values() for bound in bounds):
        raise DlibError(
            f"all {len(tests)} tests were frozen, or never silent, at beta {schedule.start:g} "
            f"already: raise annealing_schedule.start."
        )
    drawn = bootstrap.resampled(points, random_state)
    separation = separate(points, schedule.start, schedule.end, resampled=drawn)
    return Proposal(separation, points, _intervals(drawn))


def from_whole_set(tests, schedule, criterion, random_state):
    """The proposal from change points of the increment and the points of the latents.

    Latents have no names that hold across seeds, so they are told apart by the order in which they
    freeze: ``latent_1`` is the first of each seed. They play the part of the factors; a group may
    begin only at a rank at which the increment changes. Tests that never fell silent are left out:
    of none of their latents is anything known.

    Args:
      tests: R tests of one whole set.
      schedule: their ``Schedule``.
      criterion: their ``Criterion``.
      random_state: for the bootstrap.

    Raises:
      DlibError: if fewer than half of the seeds fell silent, fewer than half of those have a latent
        that froze, or fewer are left than ``separate`` needs.
    """
    fallen = [test for test in tests if test.curve.settled]
    left_out = len(tests) - len(fallen)
    if len(fallen) * 2 < len(tests):
        raise DlibError(
            f"{left_out} of {len(tests)} networks were not silent at beta "
            f"{schedule.start:g}: raise annealing_schedule.start or annealing_schedule.hold."
        )
    points = points_by_rank(fallen, criterion)
    if not points:
        raise DlibError(
            f"no latent passed {criterion.threshold:g} nats in half of the {len(fallen)} tests "
            f"down to beta {schedule.end:g}: raise annealing_schedule.steps, or lower "
            f"annealing_schedule.end."
        )
    curve = information_curve([test.curve for test in fallen], schedule, random_state)
    found = changes.change_points(
        curve.between, curve.increment.median, curve.resampled[:_DRAWS_OF_CHANGES]
    )
    begin = begin_of_groups([point.beta for point in found if point.rises], points)
    drawn = bootstrap.resampled(points, random_state, together=True)
    separation = separate(
        points, schedule.start, schedule.end, may_part=begin, resampled=drawn, left_out=left_out
    )
    return Proposal(separation, points, _intervals(drawn), left_out, curve, found)


def _intervals(drawn):
    return {name: bootstrap.median_interval(rows) for name, rows in drawn.items()}


def points_by_rank(tests, criterion):
    """``{"latent_1": R bounds, ...}``, those that froze in at least half of the tests.

    ``tests`` must all have fallen silent.
    """
    bounds = [
        sorted((point.bound() for point in points_of_latents(test.curve, criterion)), reverse=True)
        for test in tests
    ]
    ranks = np.array(bounds).T  # [D, R]
    return {
        f"latent_{rank}": values.tolist()
        for rank, values in enumerate(ranks, 1)
        if np.mean(values > 0) >= 0.5
    }


@gin.configurable("groups_of_latents", denylist=["betas", "points"])
def begin_of_groups(betas, points, reach=1.35):
    """Names of the latents at which a change point lets a group begin.

    A latent passes the threshold a little below the pressure at which it starts to freeze (by
    exp(-0.2) for 0.1 nats of linear-Gaussian data), and both are known with noise only. So a change
    point belongs to the latents whose median point is within a factor of ``reach``; among them the
    one with the widest step from its predecessor begins the group. Where there is none, it is the
    first latent below.

    Args:
      betas: change points.
      points: ``{name: R bounds}``, in the order of falling medians.
      reach: factor, > 1.
    """
    settings.above("groups_of_latents.reach", reach, 1)
    names = list(points)
    with np.errstate(divide="ignore"):
        logs = np.log([censored.median(values) for values in points.values()])
    steps = [
        math.inf,
        *(float(a - b) if a > b else 0.0 for a, b in zip(logs, logs[1:], strict=False)),
    ]
    begin = set()
    for beta in betas:
        near = [k for k, log in enumerate(logs) if abs(log - math.log(beta)) <= math.log(reach)]
        below = [k for k, log in enumerate(logs) if log < math.log(beta)]
        if near:
            begin.add(names[max(near, key=lambda k: steps[k])])
        elif below:
            begin.add(names[below[0]])
    return begin
