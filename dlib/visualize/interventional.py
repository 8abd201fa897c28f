"""How a code answers to interventions on factors: the numbers behind the pictures.

Suter et al., "Robustly Disentangled Causal Mechanisms" (2019). N points, D codes, K factors.
"""

import numpy as np


def interventional_robustness(codes, factors, diff_quantile=0.99):
    """How well each factor alone tells each code, whatever the other factors do: ``[D, K]``.

    For each value of a factor, how far codes stray from their mean there (the ``diff_quantile``
    quantile of the distance); the mean of that over the values, divided by the farthest that the
    code ever strays from its overall mean; one minus that. 1: the factor decides the code. The
    largest of a row is the latent's interventional robustness score, and the factor where it
    stands its parent. A constant code has a row of 0.

    Args:
      codes: ``[N, D]``.
      factors: ``[N, K]``.
      diff_quantile: 0.99 in the reference (disentanglement_lib); 1 in Suter et al.
    """
    codes = np.asarray(codes, np.float64)
    strays = np.stack([_mean_stray(codes, column, diff_quantile) for column in factors.T], axis=1)
    farthest = np.abs(codes - codes.mean(axis=0)).max(axis=0)  # [D]
    varies = farthest > 0
    share = np.ones_like(strays)
    share[varies] = strays[varies] / farthest[varies, None]
    return 1 - share


def _mean_stray(codes, values, quantile):
    parts = [codes[values == value] for value in np.unique(values)]
    return np.mean(
        [np.quantile(np.abs(part - part.mean(axis=0)), quantile, axis=0) for part in parts], axis=0
    )


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
