"""Entropies and mutual information of discrete variables, in nats. N points, D and K variables."""

import numpy as np


def value_indices(labels):
    """Values of each column counted from 0: int64 ``[N, K]``, and their numbers ``[K]``."""
    indices = np.empty(labels.shape, np.int64)
    sizes = np.empty(labels.shape[1], np.int64)
    for k, column in enumerate(labels.T):
        values, indices[:, k] = np.unique(column, return_inverse=True)
        sizes[k] = len(values)
    return indices, sizes


def entropies(labels):
    """Plug-in entropy of each column of ``labels`` ``[N, K]``: ``[K]`` nats, 0 if constant."""
    indices, _ = value_indices(labels)
    shares = [np.bincount(column) / len(labels) for column in indices.T]
    return np.array([-np.sum(share * np.log(share)) + 0.0 for share in shares])


def mutual_information_matrix(first, second):
    """Plug-in mutual information of every pair of columns.

    I(a; b) = sum_ij n_ij / N log(n_ij N / (n_i n_j)) over the joint histogram, the value of
    scikit-learn's ``mutual_info_score``; exactly 0 where a column is constant.

    Args:
      first: ``[N, D]`` discrete values.
      second: ``[N, K]`` discrete values.

    Returns:
      ``[D, K]`` nats, non-negative.
    """
    first, first_sizes = value_indices(first)
    second, second_sizes = value_indices(second)
    width = second_sizes.sum()
    starts = np.cumsum(second_sizes) - second_sizes  # [K], where each column's values begin
    columns = second + starts  # [N, K]
    column_counts = np.bincount(columns.ravel(), minlength=width)
    information = np.empty([first.shape[1], second.shape[1]])
    for d, size in enumerate(first_sizes):
        cells = first[:, d, None] * width + columns  # [N, K]
        joint = np.bincount(cells.ravel(), minlength=size * width).reshape(size, width)
        row_counts = np.bincount(first[:, d])
        terms = _information_terms(joint, row_counts, column_counts, len(first))
        information[d] = np.add.reduceat(terms, starts)
    return np.maximum(information, 0.0)


def _information_terms(joint, row_counts, column_counts, num_points):
    """n_ij / N log(n_ij N / (n_i n_j)) summed over i: one term per column value."""
    rows, columns = np.nonzero(joint)
    counts = joint[rows, columns].astype(np.float64)
    independent = row_counts[rows].astype(np.float64) * column_counts[columns]
    terms = counts / num_points * np.log(counts * num_points / independent)
    return np.bincount(columns, weights=terms, minlength=len(column_counts))
