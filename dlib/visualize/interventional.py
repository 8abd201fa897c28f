"""How a code answers to interventions on factors: the numbers behind the pictures.

Suter et al., "Robustly Disentangled Causal Mechanisms" (2019). N points, D codes, K factors.
"""

import numpy as np


def conditional_means(code, *labels):
    """E[code | labels] for each combination of labels: an array with one axis for each label.

    Args:
      code: ``[N]``.
      labels: each int ``[N]``, counted from 0. Combinations without a point are NaN.
    """
    shape = [int(label.max()) + 1 for label in labels]
    flat = np.ravel_multi_index(labels, shape)
    size = int(np.prod(shape))
    number = np.bincount(flat, minlength=size)
    total = np.bincount(flat, weights=code, minlength=size)
    means = np.divide(total, number, out=np.full(size, np.nan), where=number > 0)
    return means.reshape(shape)


def spread(code, label, low=0.05, high=0.95):
    """Quantiles of a code at each value of a label: two arrays ``[values]``."""
    parts = [code[label == value] for value in range(int(label.max()) + 1)]
    return tuple(np.array([np.quantile(part, q) for part in parts]) for q in (low, high))


def ranks(values):
    """Values as 0, 1, 2, ... in their order, and the values themselves."""
    distinct, label = np.unique(values, return_inverse=True)
    return label.reshape(-1), distinct


def grouped(label, max_groups):
    """Neighbouring values taken together so that at most ``max_groups`` are left."""
    number = int(label.max()) + 1
    return label if number <= max_groups else label * max_groups // number
