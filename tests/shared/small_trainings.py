"""A training of a moment, what it leaves, and a callback that interrupts it."""

import json
import os
import signal

import gin
import numpy as np
import safetensors.numpy
from tiny_configs import TINY_DEFT

from dlib.methods.unsupervised import train_log
from dlib.methods.unsupervised.callbacks import Callback

# Two stages of six updates.
DEFT = f"""{TINY_DEFT}
deft.stage_steps = 6
model.eval_steps = 2
train.log_every = 1
train.checkpoint_every = 5
"""
# Of results, what another sitting has otherwise.
_ITS_OWN = ("uuid", "elapsed_time", "tracker_seconds")


@gin.configurable("signal_at")
class SignalAt(Callback):
    """Sends a signal to this process after an update."""

    def __init__(self, step, number=int(signal.SIGTERM)):
        self.step, self.number = step, number

    def on_update(self, loop):
        if loop.step == self.step:
            os.kill(os.getpid(), self.number)


def weights(model_dir):
    return safetensors.numpy.load_file(model_dir / "module" / "weights.safetensors")


def rows(model_dir):
    """All rows of the log, without what the clock says."""
    return [
        {k: v for k, v in row.items() if k != "images_per_second"}
        for row in train_log.read(model_dir)
    ]


def losses(model_dir):
    return [row for row in rows(model_dir) if "loss" in row]


def results(model_dir):
    """The training's results, without what each sitting has of its own."""
    found = json.loads((model_dir / "results/json/train_results.json").read_text())
    return {key: value for key, value in found.items() if key not in _ITS_OWN}


def assert_same_training(one, other):
    """Weights, the log's rows, and results are equal to the bit."""
    a, b = weights(one), weights(other)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])
    assert rows(one) == rows(other)
    assert {"loss", "elbo", "kl_loss", "global_step"} <= results(one).keys()
    assert results(one) == results(other)
