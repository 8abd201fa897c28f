"""The information freezing point of a curve of information over a falling beta.

Axes: T updates of the fall.
"""

import dataclasses
import math

import gin
import numpy as np

from dlib.methods.shared import settings

FOUND, NEVER, AT_ONCE = "found", "never", "at_once"


@dataclasses.dataclass(frozen=True)
class FreezingPoint:
    """The largest beta at which information exceeds the threshold, or why there is no number.

    Attributes:
      outcome: "found"; "never": the information stayed below down to the last beta, so the point
        lies below it; "at_once": it was above from the start, or not silent by then, so the point
        lies above that or hardly below it.
      beta: the point; NaN unless it was found.
    """

    outcome: str
    beta: float = math.nan

    def bound(self):
        """The point as a number to compare: 0 for "never", infinity for "at_once"."""
        return {FOUND: self.beta, NEVER: 0.0, AT_ONCE: math.inf}[self.outcome]


@gin.configurable("freezing_point")
@dataclasses.dataclass(frozen=True)
class Criterion:
    """When information counts as frozen (DEFT paper, section 4.1: I(x; z) over 0.1).

    Attributes:
      threshold: in nats, > 0.
      window: odd number of updates whose median is compared; one noisy update among three or
        more does not count. After the last update nothing is known, so those whose window would
        reach beyond it are no crossings.
    """

    threshold: float = 0.1
    window: int = 9

    @property
    def half(self):
        """Updates of a window on each side of its middle."""
        return self.window // 2

    def __post_init__(self):
        settings.above("freezing_point.threshold", self.threshold)
        settings.whole("freezing_point.window", self.window)
        if self.window % 2 == 0:
            settings.one_of("freezing_point.window", self.window, ("odd numbers",))

    def smooth(self, information, before=()):
        """Running median around each update, ``[T]``; at the ends over what there is.

        ``before``: what was seen before the first update, if anything; the ``half`` last of it
        complete the first windows.
        """
        half = self.half
        before = np.asarray(before, np.float64)[max(0, len(before) - half) :]
        values = np.concatenate([before, np.asarray(information, np.float64)])
        if len(values) < self.window:
            inner, edges = values[:0], range(len(values))
        else:
            windows = np.lib.stride_tricks.sliding_window_view(values, self.window)
            inner = np.median(windows, axis=1)
            edges = [*range(half), *range(len(values) - half, len(values))]
        smoothed = np.empty(len(values))
        smoothed[half : half + len(inner)] = inner
        for t in edges:
            smoothed[t] = np.median(values[max(0, t - half) : t + half + 1])
        return smoothed[len(before) :]

    def find(self, betas, information, before=()):
        """The freezing point of a curve.

        The crossing is the first update above the threshold with a whole window after it, so that
        nothing that may follow changes it (``is_over``). Between the update before it and this one
        information is taken as linear in log(beta).

        Args:
          betas: ``[T]``, falling.
          information: nats, ``[T]``.
          before: nats of the last updates before the fall, see ``smooth``.
        """
        smoothed = self.smooth(information, before)
        above = smoothed[: max(0, len(smoothed) - self.half)] > self.threshold
        if not above.any():
            return FreezingPoint(NEVER)
        t = int(np.argmax(above))
        if t == 0:
            return FreezingPoint(AT_ONCE)
        low, high = smoothed[t - 1], smoothed[t]
        share = (self.threshold - low) / (high - low)
        before, after = np.log(betas[t - 1]), np.log(betas[t])
        return FreezingPoint(FOUND, float(np.exp(before + share * (after - before))))

    def is_silent(self, information):
        """Whether the median of the last window lies at or below half the threshold.

        The half is a margin: information that decays slowly stands at the threshold itself for
        many updates, and with the next noisy ones it would be taken for frozen.
        """
        last = information[-self.window :]
        return len(last) == self.window and float(np.median(last)) <= self.threshold / 2

    def is_over(self, information):
        """Whether a curve that is still growing has its crossing, whatever may follow.

        The last update with a whole window around it must be above; values at the open end are
        not final.
        """
        last = information[-self.window :]
        return len(last) == self.window and float(np.median(last)) > self.threshold


def point_of(curve, criterion):
    """The freezing point of a ``Curve``; a network that never fell silent froze at once."""
    if not curve.settled:
        return FreezingPoint(AT_ONCE)
    return criterion.find(curve.betas, curve.information, curve.held_information)


def points_of_latents(curve, criterion):
    """The freezing point of each latent of a ``Curve``, by its own KL: D points."""
    if not curve.settled:
        return [FreezingPoint(AT_ONCE)] * curve.per_latent.shape[-1]
    return [
        criterion.find(curve.betas, nats, before)
        for nats, before in zip(curve.per_latent.T, curve.held_per_latent.T, strict=True)
    ]
