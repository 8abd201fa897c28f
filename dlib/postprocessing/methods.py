"""The two representations of the reference: the posterior's mean, and a draw from it.

Axes: N observations, D codes.
"""

import gin
import numpy as np

from dlib.postprocessing.representation import Representation, save_representation

_PROTOCOL = ["ground_truth_data", "gaussian_encoder", "random_state"]


def mean_codes(mean, logvar, random_state):
    """The posterior's mean, ``[N, D]``."""
    del logvar, random_state
    return mean


def sampled_codes(mean, logvar, random_state):
    """A draw from the posterior, mean + exp(logvar / 2) * standard normal, ``[N, D]``."""
    noise = random_state.standard_normal(mean.shape).astype(np.float32)
    return mean + np.exp(logvar / 2) * noise


@gin.configurable("mean_representation", denylist=_PROTOCOL)
def mean_representation(ground_truth_data, gaussian_encoder, random_state, save_path):
    """Represents an observation by the mean of its posterior.

    Args:
      ground_truth_data: the data set; not used.
      gaussian_encoder: observations to mean and log-variance, ``[N, D]`` each.
      random_state: not used.
      save_path: a folder with the model's module, where the choice is recorded.

    Returns:
      a ``Representation``.
    """
    del ground_truth_data
    save_representation(save_path, mean_codes)
    return Representation(gaussian_encoder, mean_codes, random_state)


@gin.configurable("sampled_representation", denylist=_PROTOCOL)
def sampled_representation(ground_truth_data, gaussian_encoder, random_state, save_path):
    """Represents an observation by a draw from its posterior, a new one at every use.

    Arguments and result as for ``mean_representation``; draws come from ``random_state`` (the
    reference draws them from TensorFlow without a seed, so its values cannot be had again).
    """
    del ground_truth_data
    save_representation(save_path, sampled_codes)
    return Representation(gaussian_encoder, sampled_codes, random_state)
