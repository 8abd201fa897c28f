"""The reference's helpers under its names and in its orientation: codes ``[D, N]``.

Thin wrappers for scripts written for disentanglement_lib; the package itself uses the modules
behind them, which take one point per row. N points, D codes, K factors.
"""

import numpy as np

from dlib.evaluation.metrics import information, sampling
from dlib.evaluation.metrics.discretization import histogram_discretizer, make_discretizer
from dlib.evaluation.metrics.predictors import (
    gradient_boosting_classifier,
    logistic_regression_cv,
    make_predictor_fn,
)

_histogram_discretize = histogram_discretizer

__all__ = [
    "discrete_entropy",
    "discrete_mutual_info",
    "generate_batch_factor_code",
    "gradient_boosting_classifier",
    "histogram_discretizer",
    "logistic_regression_cv",
    "make_discretizer",
    "make_predictor_fn",
    "normalize_data",
    "obtain_representation",
    "split_train_test",
]


def generate_batch_factor_code(
    ground_truth_data, representation_function, num_points, random_state, batch_size
):
    """Drawn points as codes ``[D, N]`` and factors ``[K, N]``."""
    codes, factors = sampling.sample_codes(
        ground_truth_data, representation_function, num_points, random_state, batch_size
    )
    return codes.T, factors.T


def obtain_representation(observations, representation_function, batch_size):
    """Codes ``[D, N]`` of given observations, ``batch_size`` at a time."""
    return sampling.encode(observations, representation_function, batch_size).T


def split_train_test(observations, train_percentage):
    """The first ceil(N * train_percentage) columns of ``[D, N]``, and the rest."""
    num_train = int(np.ceil(observations.shape[1] * train_percentage))
    return observations[:, :num_train], observations[:, num_train:]


def discrete_mutual_info(mus, ys):
    """Mutual information ``[D, K]`` in nats of discrete ``[D, N]`` and ``[K, N]``."""
    return information.mutual_information_matrix(np.asarray(mus).T, np.asarray(ys).T)


def discrete_entropy(ys):
    """Entropy ``[K]`` in nats of discrete ``ys`` ``[K, N]``."""
    return information.entropies(np.asarray(ys).T)


def normalize_data(data, mean=None, stddev=None):
    """Scores of each row of ``[D, N]`` in standard deviations from the mean.

    A constant row becomes 0 (the reference divides by 0).

    Returns:
      the normalised data, the means ``[D, 1]`` and the standard deviations ``[D, 1]``.
    """
    if mean is None:
        mean = np.mean(data, axis=1, keepdims=True)
    if stddev is None:
        stddev = np.std(data, axis=1, keepdims=True)
    return (data - mean) / np.where(stddev > 0, stddev, 1.0), mean, stddev
