"""Downstream accuracy after the codes that know most of a factor are taken away.

Disentangled codes lose that factor and keep the others; entangled ones lose of all or of none.
N points, D codes, K factors. As in the reference (disentanglement_lib), the functions that gin
knows take codes ``[D, N]`` and factors ``[K, N]``.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import (
    checks,
    downstream_task,
    predictors,
    relation_matrices,
    sampling,
)
from dlib.utils.errors import DlibError


@gin.configurable(
    "reduced_downstream_task",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_reduced_downstream_task(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_factors_to_remove=gin.REQUIRED,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
):
    """Accuracies on what is left of the codes, once for each factor that is aimed at.

    Args:
      ground_truth_data: data with at least one factor.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: unused.
      num_factors_to_remove: how many codes are taken away, one after the other; when none is left,
        the most frequent value of each factor is predicted.
      num_train: numbers of training points.
      num_test: number of test points.
      batch_size: points drawn together.

    Returns:
      dict of accuracies in [0, 1], for each number n of training points, T = train or test, and
      factor f that is aimed at: ``n:reduced_factor_f:mean_T_accuracy_reduced_factor`` (of f),
      ``n:reduced_factor_f:mean_T_accuracy_factor_i`` and
      ``n:reduced_factor_f:mean_T_accuracy_non_reduced_factor`` (mean of the others); and their
      means over f ``n:mean_T_accuracy_reduced_factor`` and ``n:mean_T_accuracy_other_factors``.
      With a single factor there are no others, and their keys are left out.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "reduced_downstream_task")
    if num_factors_to_remove < 0:
        raise DlibError(
            f"reduced_downstream_task.num_factors_to_remove is {num_factors_to_remove}, expected 0 "
            "or more"
        )
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    scores = {}
    for size in downstream_task.sizes(num_train):
        train = sampling.sample_codes(*draw, size, random_state, batch_size)
        test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
        matrices = reduced_accuracies(*train, *test, num_factors_to_remove, fit_state)
        for split, matrix in zip(("train", "test"), matrices, strict=True):
            scores |= _named(size, split, matrix)
    return scores


def reduced_accuracies(
    codes_train, factors_train, codes_test, factors_test, num_codes_to_remove, random_state
):
    """Accuracy of every factor after aiming at every factor.

    Args:
      codes_train: ``[N, D]``.
      factors_train: ``[N, K]``.
      codes_test: ``[M, D]``.
      factors_test: ``[M, K]``.
      num_codes_to_remove: how many codes are taken away.
      random_state: seeds the fits.

    Returns:
      two matrices ``[K, K]``, on training and test points: row, the factor aimed at; column, the
      factor predicted.
    """
    rows = []
    for aim in range(factors_train.shape[1]):
        left_train, left_test = codes_train.T, codes_test.T
        for _ in range(min(num_codes_to_remove, len(left_train))):
            left_train, left_test = compute_reduced_representation(
                left_train, factors_train.T, left_test, factors_test.T, aim,
                random_state=random_state,
            )  # fmt: skip
        predictor_fn = predictors.make_predictor_fn()
        points = (left_train.T, factors_train, left_test.T, factors_test)
        rows.append(downstream_task.accuracies(*points, predictor_fn, random_state))
    train, test = zip(*rows, strict=True)
    return np.array(train), np.array(test)


def _named(size, split, matrix):
    """Results of one number of points and one split, from accuracies ``[K, K]``."""
    num_factors = len(matrix)
    scores = {}
    others = []
    for aim, row in enumerate(matrix):
        prefix = f"{size}:reduced_factor_{aim}:mean_{split}_accuracy"
        scores[f"{prefix}_reduced_factor"] = float(row[aim])
        for i, accuracy in enumerate(row):
            scores[f"{prefix}_factor_{i}"] = float(accuracy)
        if num_factors > 1:
            others.append(float(np.mean(np.delete(row, aim))))
            scores[f"{prefix}_non_reduced_factor"] = others[-1]
    scores[f"{size}:mean_{split}_accuracy_reduced_factor"] = float(np.mean(np.diag(matrix)))
    if others:
        scores[f"{size}:mean_{split}_accuracy_other_factors"] = float(np.mean(others))
    return scores


@gin.configurable("reduced_representation", denylist=["random_state"])
def compute_reduced_representation(
    mus_train,
    ys_train,
    mus_test,
    ys_test,
    factor_of_interest,
    correlation_measure=gin.REQUIRED,
    random_state=None,
):
    """Takes away the code that is related most to one factor; the first among equals.

    Args:
      mus_train: codes ``[D, N]``.
      ys_train: factors ``[K, N]``.
      mus_test: codes ``[D, M]``.
      ys_test: factors ``[K, M]``.
      factor_of_interest: index of the factor.
      correlation_measure: ``(mus_train, ys_train, mus_test, ys_test) -> [D, K]``.
      random_state: handed to a ``correlation_measure`` that takes it.

    Returns:
      the training and the test codes without it, ``[D - 1, N]`` and ``[D - 1, M]``.
    """
    points = (mus_train, ys_train, mus_test, ys_test)
    matrix = relation_matrices.relate(correlation_measure, *points, random_state)
    most_related = int(np.argmax(matrix[:, factor_of_interest]))
    return np.delete(mus_train, most_related, axis=0), np.delete(mus_test, most_related, axis=0)


@gin.configurable(
    "factorwise_dci", denylist=["mus_train", "ys_train", "mus_test", "ys_test", "random_state"]
)
def compute_factorwise_dci(mus_train, ys_train, mus_test, ys_test, random_state=None):
    """Importances ``[D, K]`` of the codes for each factor by boosted trees, as in DCI.

    Args:
      mus_train: codes ``[D, N]``.
      ys_train: factors ``[K, N]``.
      mus_test: codes ``[D, M]``.
      ys_test: factors ``[K, M]``.
      random_state: settles ties between equally good splits; seeded by 0 if None.
    """
    points = (mus_train, ys_train, mus_test, ys_test)
    return relation_matrices.importance_gbt_matrix(*points, random_state)


def compute_predictive_accuracy(x_train, y_train, x_test, y_test, predictor_fn):
    """The reference's helper: codes ``[N, D]``, factors ``[K, N]`` -> two lists of K accuracies."""
    random_state = np.random.RandomState(0)
    points = (x_train, y_train.T, x_test, y_test.T)
    train, test = downstream_task.accuracies(*points, predictor_fn, random_state)
    return train.tolist(), test.tolist()
