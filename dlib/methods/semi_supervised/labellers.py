"""Labellers: from true factors to the labels that a person might give.

A labeller takes factors ``[N, K]``, the data set and a random state, and gives labels float32
``[N, L]`` and the number of values of each label.

Axes: N examples, K factors, L labels.
"""

import gin
import numpy as np

from dlib.methods.shared.settings import whole
from dlib.utils.errors import DlibError

_PROTOCOL = ["labels", "dataset", "random_state"]


@gin.configurable("labeller", denylist=_PROTOCOL)
def make_labeller(labels, dataset, random_state, labeller_fn=gin.REQUIRED):
    """Labels by the configured labeller."""
    return labeller_fn(labels, dataset, random_state)


@gin.configurable("perfect_labeller", denylist=_PROTOCOL)
def perfect_labeller(labels, dataset, random_state):
    """The true factors."""
    del random_state
    return np.array(labels, np.float32), list(dataset.factors_num_values)


@gin.configurable("bin_labeller", denylist=_PROTOCOL)
def bin_labeller(labels, dataset, random_state, num_bins=5):
    """Factors of more than ``num_bins`` values, in ``num_bins`` bins of equal width."""
    del random_state
    whole("bin_labeller.num_bins", num_bins)
    labels = np.array(labels, np.float32)
    for column, size in enumerate(dataset.factors_num_values):
        if size > num_bins:
            labels[:, column] = np.minimum(labels[:, column] // (size / num_bins), num_bins - 1)
    return labels, [min(size, num_bins) for size in dataset.factors_num_values]


@gin.configurable("noisy_labeller", denylist=_PROTOCOL)
def noisy_labeller(labels, dataset, random_state, prob_random=0.1):
    """Each factor is replaced by a uniform draw with probability ``prob_random``.

    Draws come in the reference's order: by example, then by factor, ``rand`` and, where it is
    replaced, ``randint``.
    """
    labels = np.array(labels, np.float32)
    for row in labels:
        for column, size in enumerate(dataset.factors_num_values):
            if random_state.rand() < prob_random:
                row[column] = random_state.randint(size)
    return labels, list(dataset.factors_num_values)


def permute(factor, num_values, random_state):
    """``factor`` with its values renamed by a random permutation of ``range(num_values)``."""
    return random_state.permutation(num_values)[np.asarray(factor, np.int64)]


@gin.configurable("permuted_labeller", denylist=_PROTOCOL)
def permuted_labeller(labels, dataset, random_state):
    """The values of each factor renamed at random: their order is lost."""
    sizes = list(dataset.factors_num_values)
    columns = [
        permute(np.asarray(labels)[:, column], size, random_state)
        for column, size in enumerate(sizes)
    ]
    return np.stack(columns, axis=1).astype(np.float32), sizes


def filter_factors(labels, num_observed_factors, random_state):
    """Some columns of ``labels``, drawn without repetition, and which they are.

    Raises:
      DlibError: if there are not as many.
    """
    num_factors = labels.shape[1]
    if not 1 <= num_observed_factors <= num_factors:
        raise DlibError(
            f"partial_labeller.num_observed_factors must be 1 to {num_factors} (the data set's "
            f"factors), got {num_observed_factors}."
        )
    kept = random_state.choice(num_factors, size=num_observed_factors, replace=False)
    return labels[:, kept], kept


@gin.configurable("partial_labeller", denylist=_PROTOCOL)
def partial_labeller(labels, dataset, random_state, num_observed_factors=2):
    """The true values of a few factors."""
    labels, kept = filter_factors(np.array(labels, np.float32), num_observed_factors, random_state)
    return labels, [dataset.factors_num_values[index] for index in kept]
