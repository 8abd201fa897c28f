"""Separated attribute predictability (Kumar et al., 2018). N points, D codes, K factors.

How much better the best single code predicts a factor than the second best, mean over factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, one_code_svm, sampling


@gin.configurable(
    "sap_score",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_sap(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
    continuous_factors=gin.REQUIRED,
):
    """SAP of a representation; see `sap` for the result. Training points are drawn first."""
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "sap_score")
    draw = (ground_truth_data, representation_function)
    train = sampling.sample_codes(*draw, num_train, random_state, batch_size)
    test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
    return sap(*train, *test, continuous_factors=continuous_factors)


def sap(codes_train, factors_train, codes_test, factors_test, continuous_factors=False):
    """SAP of codes ``[N, D]`` and factors ``[N, K]``.

    Factors with a single training value are left out; with one code the second best is 0.

    Args:
      codes_train: ``[N, D]``.
      factors_train: ``[N, K]``.
      codes_test: ``[M, D]``; used for discrete factors only.
      factors_test: ``[M, K]``.
      continuous_factors: squared correlation instead of a classifier's accuracy.

    Returns:
      dict of ``SAP_score`` in [0, 1] and ``score_matrix`` ``[D][K]``.
    """
    codes_train, factors_train = checks.check_points(codes_train, factors_train)
    codes_test, factors_test = checks.check_points(codes_test, factors_test)
    varies = checks.check_varying(factors_train)
    if continuous_factors:
        matrix = squared_correlations(codes_train, factors_train)
    else:
        matrix = accuracies(codes_train, factors_train, codes_test, factors_test)
    score = compute_avg_diff_top_two(matrix[:, varies])
    return {"SAP_score": score, "score_matrix": matrix.tolist()}


def squared_correlations(codes, factors):
    """cov^2 / (var var) of every code and factor, ``[D, K]``; 0 where either is constant."""
    codes = np.asarray(codes, np.float64)
    codes = codes - codes.mean(axis=0)
    factors = factors - factors.mean(axis=0)
    covariance = codes.T @ factors / (len(codes) - 1)  # [D, K]
    code_variance = np.var(codes, axis=0, ddof=1)[:, None]  # [D, 1]
    factor_variance = np.var(factors, axis=0, ddof=1)  # [K]
    defined = (code_variance > 1e-12) & (factor_variance > 0)
    return np.where(
        defined, covariance**2 / np.where(defined, code_variance * factor_variance, 1.0), 0.0
    )


def accuracies(codes_train, factors_train, codes_test, factors_test):
    """Test accuracy of a support vector machine on each single code, ``[D, K]``."""
    matrix = np.empty([codes_train.shape[1], factors_train.shape[1]])
    for d, k in np.ndindex(*matrix.shape):
        predicted = one_code_svm.fit_predict(
            codes_train[:, d], factors_train[:, k], codes_test[:, d]
        )
        matrix[d, k] = np.mean(predicted == factors_test[:, k])
    return matrix


def compute_avg_diff_top_two(matrix):
    """Mean over factors of best minus second best code of ``[D, K]`` scores."""
    ordered = np.sort(matrix, axis=0)
    second = ordered[-2] if len(ordered) > 1 else 0.0
    return float(np.mean(ordered[-1] - second))


def compute_score_matrix(mus, ys, mus_test, ys_test, continuous_factors):
    """The reference's helper: codes ``[D, N]``, factors ``[K, N]`` -> scores ``[D, K]``."""
    if continuous_factors:
        return squared_correlations(mus.T, ys.T)
    return accuracies(mus.T, ys.T, mus_test.T, ys_test.T)


def _compute_sap(mus, ys, mus_test, ys_test, continuous_factors):
    """The reference's helper: codes ``[D, N]``, factors ``[K, N]``."""
    return sap(mus.T, ys.T, mus_test.T, ys_test.T, continuous_factors)


def __getattr__(name):
    """The reference keeps the form for given observations here; it is made of this module."""
    if name == "compute_sap_on_fixed_data":
        from dlib.evaluation.metrics import validation_forms

        return validation_forms.compute_sap_on_fixed_data
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
