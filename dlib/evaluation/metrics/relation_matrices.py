"""Matrices that relate codes to factors: what DCI, MIG and SAP are aggregates of.

D codes, K factors, N training and M test points. Their orientation is the reference's: codes
``[D, N]``, factors ``[K, N]`` -> ``[D, K]``. gin hands them to ``unified_scores.matrix_fns`` and
``reduced_representation.correlation_measure``; a user's own take the same four arrays.
"""

import inspect

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, information, sap_score
from dlib.utils.errors import DlibError

_POINTS = ["mus_train", "ys_train", "mus_test", "ys_test"]


def relate(matrix_fn, mus_train, ys_train, mus_test, ys_test, random_state=None):
    """Calls a matrix function and checks what it returns.

    Args:
      matrix_fn: ``(mus_train, ys_train, mus_test, ys_test[, random_state]) -> [D, K]``.
      mus_train: codes ``[D, N]``.
      ys_train: factors ``[K, N]``.
      mus_test: codes ``[D, M]``.
      ys_test: factors ``[K, M]``.
      random_state: handed on where ``matrix_fn`` takes it.

    Returns:
      float64 ``[D, K]``, finite.

    Raises:
      DlibError: naming the function whose result has another shape or is not finite.
    """
    seeded = "random_state" in inspect.signature(matrix_fn).parameters
    options = {"random_state": random_state} if seeded else {}
    matrix = np.asarray(matrix_fn(mus_train, ys_train, mus_test, ys_test, **options), np.float64)
    expected = (len(mus_train), len(ys_train))
    if matrix.shape != expected or not np.isfinite(matrix).all():
        raise DlibError(
            f"{name_of(matrix_fn)} returned shape {list(matrix.shape)} with "
            f"{int(np.count_nonzero(~np.isfinite(matrix)))} values that are not finite, expected "
            f"{list(expected)} finite ones (codes, factors)"
        )
    return matrix


def name_of(matrix_fn):
    """The name under which a matrix function's results are reported."""
    return getattr(matrix_fn, "__name__", type(matrix_fn).__name__)


@gin.configurable("importance_gbt_matrix", denylist=[*_POINTS, "random_state"])
def importance_gbt_matrix(mus_train, ys_train, mus_test, ys_test, random_state=None):
    """DCI's: importances of the codes for boosted trees that predict each factor.

    Columns sum to 1. ``random_state`` settles ties between equally good splits; seeded by 0 if
    None.
    """
    from dlib.evaluation.metrics.boosted_trees import fit_boosted_trees

    random_state = np.random.RandomState(0) if random_state is None else random_state
    points = (mus_train.T, ys_train.T, mus_test.T, ys_test.T)
    return fit_boosted_trees(*points, random_state)[0]


@gin.configurable("mutual_information_matrix", denylist=_POINTS)
def mutual_information_matrix(mus_train, ys_train, mus_test, ys_test):
    """MIG's and modularity's: I(z_d; c_k) in nats of the discretized training codes."""
    del mus_test, ys_test
    bins = discretization.discretized(checks.check_codes(mus_train.T))
    return information.mutual_information_matrix(bins, ys_train.T)


@gin.configurable("accuracy_svm_matrix", denylist=_POINTS)
def accuracy_svm_matrix(mus_train, ys_train, mus_test, ys_test):
    """SAP's: test accuracy of a linear support vector machine on a single code."""
    points = (mus_train.T, ys_train.T, mus_test.T, ys_test.T)
    return sap_score.accuracies(*points)
