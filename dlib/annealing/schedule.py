"""The falling pressure of the annealing test (DEFT paper, section 4.1)."""

import dataclasses

import gin
import numpy as np

from dlib.methods.shared import settings
from dlib.utils.errors import DlibError

SHAPES = ("exponential", "linear")


@gin.configurable("annealing_schedule")
@dataclasses.dataclass(frozen=True)
class Schedule:
    """Beta stays at its start until the networks are silent, then falls to its end.

    The KL of a fresh network is not yet information; the hold waits until the pressure has
    removed it. Where it starts near 0 it rises first, while the decoder learns the mean image: in 8
    of 20 tests of dSprites' shape and scale it passed 0.1 nats within 10 updates and was gone after
    20. So the hold has a least length, too.

    Attributes:
      start, end: the first and the last beta of the fall, start > end > 0.
      steps: updates of the fall, at least 2.
      shape: "exponential" (equal ratios) or "linear" (equal differences).
      settle: updates that the hold lasts at least, or ``hold`` if that is less.
      hold: updates after which a network that is not silent yet is given up: its point is
        censored as "at once".

    Raises:
      DlibError: for a beta that does not fall, or values out of range.
    """

    start: float = 200.0
    end: float = 1.0
    steps: int = 2000
    shape: str = "exponential"
    hold: int = 1000
    settle: int = 100

    def __post_init__(self):
        settings.above("annealing_schedule.end", self.end)
        settings.whole("annealing_schedule.steps", self.steps, 2)
        settings.whole("annealing_schedule.hold", self.hold, 1)
        settings.whole("annealing_schedule.settle", self.settle, 0)
        settings.one_of("annealing_schedule.shape", self.shape, SHAPES)
        if not self.start > self.end:
            raise DlibError(
                f"annealing_schedule.start = {self.start} must lie above annealing_schedule.end = "
                f"{self.end}: the annealing test lowers the pressure."
            )

    def betas(self):
        """Beta of each update of the fall: float64 ``[steps]``, start and end included."""
        fall = np.geomspace if self.shape == "exponential" else np.linspace
        return fall(self.start, self.end, self.steps)
