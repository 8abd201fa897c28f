"""Learning rates that fall while training, by TensorFlow's names.

Used as ``vae_optimizer.learning_rate = @exponential_decay``; the training calls them with the
updates done so far.
"""

import bisect

import gin

from dlib.methods.shared.settings import above
from dlib.utils.errors import DlibError


@gin.configurable("piecewise_constant", module="tf.train", denylist=["global_step"])
def piecewise_constant(global_step, boundaries=gin.REQUIRED, values=gin.REQUIRED):
    """The first value until the first boundary inclusive, then the second one, and so on.

    Args:
      global_step: updates done so far.
      boundaries: updates after which the value changes, rising.
      values: learning rates, one more than boundaries.
    """
    if len(values) != len(boundaries) + 1 or list(boundaries) != sorted(set(boundaries)):
        raise DlibError(
            f"piecewise_constant needs rising boundaries and one value more, got boundaries "
            f"{tuple(boundaries)} and values {tuple(values)}."
        )
    return values[bisect.bisect_left(boundaries, global_step)]


@gin.configurable("exponential_decay", module="tf.train", denylist=["global_step"])
def exponential_decay(
    global_step,
    learning_rate=gin.REQUIRED,
    decay_steps=gin.REQUIRED,
    decay_rate=gin.REQUIRED,
    staircase=False,
):
    """learning_rate decay_rate^(step / decay_steps).

    Args:
      global_step: updates done so far.
      learning_rate: the first one.
      decay_steps: updates in which it falls by ``decay_rate``.
      decay_rate: factor.
      staircase: fall at once after each ``decay_steps`` instead of steadily.
    """
    above("exponential_decay.decay_steps", decay_steps)
    exponent = global_step / decay_steps
    return learning_rate * decay_rate ** (int(exponent) if staircase else exponent)
