"""When the information of a group of latents has stopped growing."""

import gin

from dlib.methods.shared import settings
from dlib.utils.errors import DlibError


@gin.configurable("information_plateau")
class InformationPlateau:
    """Watches the KL of the group at work, update by update, and tells when it has levelled off.

    The KL of single batches is smoothed by an exponential mean. It has stopped growing when for
    ``patience`` updates it has not come to lie more than ``tolerance`` above its highest mark.
    The first ``min_steps - patience`` updates set no mark: what a fresh network's KL tells is not
    information yet. The paper has no such rule; its stages last a fixed number of epochs
    ("sufficiently large such that the objective converges").

    Args:
      patience: updates without growth after which a stage ends.
      tolerance: growth in nats that counts, >= 0.
      min_steps: updates of the shortest stage, >= patience.
      max_steps: updates of the longest stage, an int or one per stage; None where the method's
        fixed length is the longest.
      window: updates that the smoothing averages over, at most ``patience``.

    Attributes:
      smoothed: the smoothed KL in nats; None before the stage's first update.

    Raises:
      DlibError: if the values contradict each other.
    """

    def __init__(self, patience=500, tolerance=0.05, min_steps=1000, max_steps=None, window=100):
        name = "information_plateau"
        self.patience = settings.whole(f"{name}.patience", patience)
        self.tolerance = settings.at_least(f"{name}.tolerance", tolerance)
        self.min_steps = settings.whole(f"{name}.min_steps", min_steps)
        self.max_steps = max_steps
        self.window = settings.whole(f"{name}.window", window)
        for smaller, larger in (("window", "patience"), ("patience", "min_steps")):
            if getattr(self, smaller) > getattr(self, larger):
                raise DlibError(
                    f"{name}.{smaller} = {getattr(self, smaller)} must not exceed "
                    f"{name}.{larger} = {getattr(self, larger)}."
                )
        self.restart()

    def restart(self):
        """Forgets everything: a new stage starts."""
        self.steps = 0
        self.smoothed = None
        self.mark = None
        self.marked_at = 0

    def is_reached(self, information):
        """Takes note of one update; whether the information has stopped growing.

        Args:
          information: KL of the group in nats, sum over its latents, mean over the batch.
        """
        self.steps += 1
        if self.smoothed is None:
            self.smoothed = information
        else:
            # A plain mean until the window is full, so that the first batch weighs no more.
            self.smoothed += (information - self.smoothed) / min(self.steps, self.window)
        first = self.min_steps - self.patience
        if self.steps <= first or self.mark is None or self.smoothed > self.mark + self.tolerance:
            self.mark, self.marked_at = self.smoothed, self.steps
        return self.steps - self.marked_at >= self.patience

    def state(self):
        """Everything that the next answers depend on, as JSON values."""
        return {
            "steps": self.steps,
            "smoothed": self.smoothed,
            "mark": self.mark,
            "marked_at": self.marked_at,
        }

    def load_state(self, state):
        """Takes back what ``state`` gave."""
        for name, value in state.items():
            setattr(self, name, value)
