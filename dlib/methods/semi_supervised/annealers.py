"""The weight of the supervised loss as a function of the step."""

import gin

from dlib.methods.shared.settings import above


@gin.configurable("annealer", denylist=["gamma", "step"])
def make_annealer(gamma, step, iteration_threshold=gin.REQUIRED, anneal_fn=gin.REQUIRED):
    """The weight at ``step``, by the configured function; ``gamma`` is the last one."""
    return anneal_fn(gamma, step, above("annealer.iteration_threshold", iteration_threshold))


@gin.configurable("fixed", denylist=["gamma", "step"])
def fixed_annealer(gamma, step, iteration_threshold):
    """Always gamma."""
    del step, iteration_threshold
    return gamma


@gin.configurable("anneal", denylist=["gamma", "step"])
def annealed_annealer(gamma, step, iteration_threshold):
    """0 to gamma, linear until the threshold."""
    return gamma * min(1.0, step / iteration_threshold)


@gin.configurable("fine_tune", denylist=["gamma", "step"])
def fine_tune_annealer(gamma, step, iteration_threshold):
    """0 until the threshold inclusive, then gamma."""
    return gamma * min(1.0, max(0.0, step - iteration_threshold))
