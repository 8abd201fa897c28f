"""Gradient-boosted trees for DCI: scikit-learn's classifier, all classes of all factors at once.

`fit_boosted_trees` trains what ``sklearn.ensemble.GradientBoostingClassifier()`` trains on each
factor (Friedman, "Greedy function approximation", 2001): the same splits, leaf values,
importances and predictions. It is many times faster because the factors share their columns,
which are sorted and binned once, and because a split is searched in bins first (see
`boosted_trees_kernels`). The trees of a round are independent of each other: threads share them.

Two runs of scikit-learn with different seeds differ where several splits have the same gain, as
it draws one of them; ours draws too, so it differs from scikit-learn as that does from itself.

Axes: N training points, M test points, D codes, K factors, B bins, T trees per round (one for
each class of each factor, a single one for a factor of two classes).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from dlib.evaluation.metrics import checks
from dlib.utils import cores
from dlib.utils.errors import DlibError

MAX_BINS = 96
MIN_POINTS_PER_BIN = 64
TREES_PER_TASK = 4
# Values no farther apart count as one: there is no cut between them (scikit-learn's constant).
SAME_VALUE = np.float32(1e-7)


class Columns(NamedTuple):
    """The training codes, sorted and binned once for all trees."""

    values: np.ndarray  # float32 [D, N]
    order: np.ndarray  # uint32 [D, N], points by ascending value
    sorted_values: np.ndarray  # float32 [D, N]
    bin_starts: np.ndarray  # int64 [D, B + 1], first position of each bin in the sorted column
    num_bins: np.ndarray  # int64 [D], at most B; further bins are empty
    cells: np.ndarray  # uint32 [N, D], where a value's cell starts in a flat [D, B, 4] histogram


class Classes:
    """The classes of one factor and its rows in the predictions of all trees ``[T, N]``."""

    def __init__(self, factor, first_row):
        self.values, self.labels, counts = np.unique(
            factor, return_inverse=True, return_counts=True
        )
        self.frequencies = counts / len(factor)
        # Two classes need one tree (that of the second), a single class none.
        self.num_trees = len(counts) if len(counts) > 2 else len(counts) - 1
        self.rows = slice(first_row, first_row + self.num_trees)

    @property
    def leaf_scale(self):
        """Factor on the leaf values: Friedman's (K - 1) / K for K > 2 classes."""
        num_classes = len(self.values)
        return (num_classes - 1) / num_classes if num_classes > 2 else 1.0

    @property
    def prior(self):
        """Initial prediction of each row: log odds of two classes, else log frequencies."""
        if len(self.values) == 2:
            return np.log(self.frequencies[1:] / self.frequencies[:1])
        return np.log(self.frequencies[: self.num_trees])

    def write_residuals(self, predictions, residuals):
        """Negative gradient of the log loss, indicator minus probability, into ``[T, N]``."""
        predictions, residuals = predictions[self.rows], residuals[self.rows]
        if len(self.values) == 2:
            from scipy.special import expit

            np.subtract(self.labels, expit(predictions), out=residuals)
        elif len(self.values) > 2:
            np.exp(predictions - predictions.max(axis=0), out=residuals)
            residuals /= -residuals.sum(axis=0)
            residuals[self.labels, np.arange(len(self.labels))] += 1.0

    def accuracy(self, predictions, factor):
        """Share of the points of ``factor`` ``[M]`` that ``predictions [T, M]`` get right."""
        predictions = predictions[self.rows]
        if len(self.values) == 1:
            predicted = np.zeros(len(factor), np.int64)
        elif len(self.values) == 2:
            predicted = (predictions[0] >= 0.0).astype(np.int64)
        else:
            predicted = predictions.argmax(axis=0)
        return np.mean(self.values[predicted] == factor)


def fit_boosted_trees(
    codes_train,
    factors_train,
    codes_test,
    factors_test,
    random_state,
    num_rounds=100,
    depth=3,
    learning_rate=0.1,
    num_threads=None,
):
    """Predicts each factor from all codes with gradient-boosted trees.

    Args:
      codes_train: ``[N, D]``; like scikit-learn's, the trees see float32 values.
      factors_train: ``[N, K]``, any discrete values. Each value is a class; values that occur
        only in the test points are never predicted.
      codes_test: ``[M, D]``.
      factors_test: ``[M, K]``.
      random_state: numpy RandomState, which orders the codes anew at every node: among splits of
        equal gain the first is taken. The result does not depend on the number of threads.
      num_rounds: trees per class.
      depth: splits between root and leaf, 1 to 7.
      learning_rate: factor on the prediction of each tree.
      num_threads: threads that grow trees; None for ``cores.threads()``.

    Returns:
      importances: float64 ``[D, K]``, non-negative: each code's share of the decrease in squared
        error. Columns sum to 1, or are 0 where there is nothing to predict (a factor with a
        single value in the training points) or nothing to predict from (constant codes).
      train_accuracy: ``[K]`` in [0, 1], share of training points predicted right. For a factor of
        a single value, the share of that value.
      test_accuracy: ``[K]``, the same for the test points.

    Raises:
      DlibError: codes that are not finite as float32, or shapes that do not match.
    """
    codes_train, factors_train = _checked(codes_train, factors_train)
    codes_test, factors_test = _checked(codes_test, factors_test)
    if codes_train.shape[1] != codes_test.shape[1] or len(factors_train.T) != len(factors_test.T):
        raise DlibError(
            f"training and test points differ in shape: codes {list(codes_train.shape)} and "
            f"{list(codes_test.shape)}, factors {list(factors_train.shape)} and "
            f"{list(factors_test.shape)}; give both the same codes and factors"
        )
    if not 1 <= depth <= 7:
        raise DlibError(f"depth of the boosted trees is {depth}, expected 1 to 7")
    classes = []
    for factor in factors_train.T:
        classes.append(Classes(factor, classes[-1].rows.stop if classes else 0))
    shuffles = (random_state, num_rounds, depth)
    predictions, predictions_test, importances = _boost(
        classes, sort_columns(codes_train), codes_test, shuffles, learning_rate, num_threads
    )
    sums = np.stack([importances[factor.rows].sum(axis=0) for factor in classes], axis=1)  # [D, K]
    totals = sums.sum(axis=0)
    return (
        sums / np.where(totals > 0.0, totals, 1.0),
        _accuracies(classes, predictions, factors_train),
        _accuracies(classes, predictions_test, factors_test),
    )


def sort_columns(codes):
    """Sorts and bins ``codes`` (float32 ``[N, D]``)."""
    num_points, num_codes = codes.shape
    values = np.ascontiguousarray(codes.T)
    order = np.argsort(values, axis=1, kind="stable").astype(np.uint32)
    sorted_values = np.take_along_axis(values, order, axis=1)
    starts = [_bin_starts(column) for column in sorted_values]
    num_bins = np.array([len(start) for start in starts])
    max_bins = num_bins.max()
    bin_starts = np.full((num_codes, max_bins + 1), num_points, np.int64)
    cells = np.empty((num_points, num_codes), np.uint32)
    for d, start in enumerate(starts):
        bin_starts[d, : len(start)] = start
        sizes = np.diff(start, append=num_points)
        cells[order[d], d] = 4 * (d * max_bins + np.repeat(np.arange(len(start)), sizes))
    return Columns(values, order, sorted_values, bin_starts, num_bins, cells)


def _bin_starts(column):
    """First positions of bins of about equal size that part no values that count as one."""
    num_bins = int(np.clip(len(column) // MIN_POINTS_PER_BIN, 1, MAX_BINS))
    wanted = np.arange(num_bins) * len(column) // num_bins
    allowed = np.flatnonzero(column[1:] > column[:-1] + SAME_VALUE) + 1
    allowed = np.concatenate([[0], allowed, [len(column)]])
    chosen = np.unique(allowed[np.searchsorted(allowed, wanted)])
    return chosen[chosen < len(column)]


def _boost(classes, columns, codes_test, shuffles, learning_rate, num_threads):
    """Grows all trees; predictions ``[T, N]`` and ``[T, M]``, importances ``[T, D]``."""
    from dlib.evaluation.metrics import boosted_trees_kernels as kernels

    random_state, num_rounds, depth = shuffles
    num_codes, num_points = columns.values.shape
    prior = np.concatenate([factor.prior for factor in classes])  # [T]
    scales = np.concatenate([np.full(f.num_trees, learning_rate * f.leaf_scale) for f in classes])
    predictions = np.repeat(prior[:, None], num_points, axis=1)
    predictions_test = np.repeat(prior[:, None], len(codes_test), axis=1)
    values_test = np.ascontiguousarray(codes_test.T)
    residuals = np.empty_like(predictions)
    importances = np.zeros((len(prior), num_codes))
    tasks = np.array_split(np.arange(len(prior)), -(-len(prior) // TREES_PER_TASK) or 1)
    num_threads = num_threads or cores.threads()

    with ThreadPoolExecutor(num_threads) as pool:
        for _ in range(num_rounds):
            keys = random_state.random_sample((len(prior), 2**depth - 1, num_codes))
            orders = np.argsort(keys, axis=2)

            def grow(trees, orders=orders):
                kernels.boost(
                    trees, residuals, columns, orders, scales, depth,
                    predictions, values_test, predictions_test, importances,
                )  # fmt: skip

            list(pool.map(lambda factor: factor.write_residuals(predictions, residuals), classes))
            list(pool.map(grow, tasks))
    return predictions, predictions_test, importances


def _accuracies(classes, predictions, factors):
    pairs = zip(classes, factors.T, strict=True)
    return np.array([factor.accuracy(predictions, truth) for factor, truth in pairs])


def _checked(codes, factors):
    """Codes as finite float32 values, and factors."""
    codes, factors = checks.check_points(codes, factors)
    with np.errstate(over="ignore"):
        return checks.check_codes(codes.astype(np.float32)), factors
