"""A training that takes its time, so that things happen meanwhile on quick machines too."""

import time

import gin

from dlib.methods.unsupervised.callbacks import Callback


@gin.configurable("pace")
class Pace(Callback):
    """Lets no update end sooner than some seconds after the one before."""

    def __init__(self, seconds=gin.REQUIRED):
        self.seconds = seconds
        self._last = time.monotonic()

    def on_update(self, loop):
        """Waits for what is left."""
        time.sleep(max(0.0, self._last + self.seconds - time.monotonic()))
        self._last = time.monotonic()
