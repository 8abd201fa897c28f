"""A callback that makes a training last a known time, without work for the processor."""

import time

import gin

from dlib.methods.unsupervised.callbacks import Callback


@gin.configurable("sleeping")
class Sleeping(Callback):
    """Sleeps once, at the first update."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def on_update(self, loop):
        """Sleeps."""
        if loop.step == 1:
            time.sleep(self.seconds)
