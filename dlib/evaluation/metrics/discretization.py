"""Codes made discrete by equal-width histograms. N points, D codes."""

import gin
import numpy as np


def histogram_bins(codes, num_bins=20):
    """Bin of each value among ``num_bins`` bins of equal width over its code's range.

    Bins count from 1; the largest value falls into the last bin, and all values of a constant
    code into one. Edges have the dtype of the codes, so float32 codes get float32 edges; only a
    code that varies by its rounding alone, where these would coincide, gets float64 edges.

    Args:
      codes: ``[N, D]`` finite numbers.
      num_bins: number of bins per code.

    Returns:
      int64 ``[N, D]`` in 1..num_bins.
    """
    bins = np.empty(codes.shape, np.int64)
    for d, code in enumerate(codes.T):
        if np.all(code == code[0]):
            bins[:, d] = num_bins // 2 + 1
        else:
            bins[:, d] = np.digitize(code, _edges(code, num_bins)[:-1])
    return bins


def _edges(code, num_bins):
    """Edges ``[num_bins + 1]`` of the bins of a code ``[N]`` that varies."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.histogram_bin_edges(code, num_bins)
    except ValueError:  # too many bins for the range in this dtype
        return np.linspace(np.float64(code.min()), np.float64(code.max()), num_bins + 1)


@gin.configurable("histogram_discretizer", denylist=["target"])
def histogram_discretizer(target, num_bins=gin.REQUIRED):
    """`histogram_bins` in the reference's orientation and dtype: ``[D, N]`` like ``target``."""
    return histogram_bins(target.T, num_bins).T.astype(target.dtype)


@gin.configurable("discretizer", denylist=["target"])
def make_discretizer(target, num_bins=gin.REQUIRED, discretizer_fn=gin.REQUIRED):
    """The discretizer chosen by gin, applied to ``target`` ``[D, N]``; returns ``[D, N]``."""
    return discretizer_fn(target, num_bins)


def discretized(codes):
    """Codes ``[N, D]`` through the discretizer chosen by gin."""
    return make_discretizer(codes.T).T
