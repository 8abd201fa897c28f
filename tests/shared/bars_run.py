"""A training of two steps on bars, and metrics of it: what tests of the whole way share.

To be imported by a test, so that the names below are known to gin.
"""

import json

import gin
import numpy as np
import pytest

from dlib.commands import train
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.registry import register


@register("pipeline_test_bars")
@gin.configurable("pipeline_test_bars")
class Bars(IndexedData):
    """A bar's row and column: 4 x 4 images; ``brightness`` is an option that scores depend on."""

    factor_names = ("row", "column")
    factors_num_values = (4, 4)
    observation_shape = (64, 64, 1)
    num_images = 16
    source = "drawn in a test"

    def __init__(self, brightness=1.0):
        self.brightness = brightness

    def sample_factors(self, num, random_state):
        return np.stack([random_state.randint(4, size=num) for _ in range(2)], axis=1)

    def sample_indices(self, factors, random_state):
        return factors[:, 0] * 4 + factors[:, 1]

    def observations_at(self, indices, random_state):
        images = np.zeros((len(indices), 64, 64, 1), np.float32)
        for image, index in zip(images, indices, strict=True):
            row, column = divmod(int(index), 4)
            image[16 * row : 16 * row + 8, 16 * column : 16 * column + 8] = self.brightness
        return images


@gin.configurable("pipeline_test_failing")
def failing_metric(ground_truth_data, representation_function, random_state):
    raise ValueError("no such luck")


@gin.configurable("pipeline_test_brightness")
def brightness_metric(ground_truth_data, representation_function, random_state, artifact_dir):
    """What a metric is given: the option of the data set, its observations, the random state."""
    observations = ground_truth_data.sample_observations(3, random_state)
    codes = representation_function(observations)
    return {
        "brightness": getattr(ground_truth_data, "brightness", None),
        "observation_ndim": observations.ndim,
        "code_sum": float(np.abs(codes).sum()),
        "next_draw": random_state.randint(1000),
        "artifact_dir": artifact_dir,
    }


CONFIG = """
include "method/beta_vae.gin"
include "architecture/reference.gin"
vae.beta = 4.0
dataset.name = "pipeline_test_bars"
pipeline_test_bars.brightness = 0.5
model.batch_size = 4
model.training_steps = 2
model.random_seed = 3
model.eval_steps = 1
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @vae/AdamOptimizer
train.device = "cpu"
train.progress = False
pipeline.postprocess = ["postprocess/sampled.gin", "postprocess/mean.gin"]
"""
MIG = """
include "metric/mig.gin"
mig.num_train = 64
"""
FAILING = """
evaluation.evaluation_fn = @pipeline_test_failing
evaluation.random_seed = 0
dataset.name = "auto"
"""
BRIGHTNESS = FAILING.replace("failing", "brightness")


def train_bars(folder):
    """Writes configurations into a folder, its working directory, and runs ``dlib_train`` once."""
    texts = {"bars": CONFIG, "mig": MIG, "failing": FAILING, "brightness": BRIGHTNESS}
    for name, text in texts.items():
        (folder / f"{name}.gin").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        argv = ["--gin_config=bars.gin", "--gin_bindings=pipeline.evaluation = ['mig.gin']"]
        assert train.main(argv) == 0


def aggregate_of(folder, step="evaluation"):
    """The aggregate file of a step."""
    return json.loads((folder / "results" / "aggregate" / f"{step}.json").read_text())
