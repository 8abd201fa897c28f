"""Disentanglement, completeness, informativeness (Eastwood and Williams, 2018).

N points, D codes, K factors. R[d, k] is how much boosted trees use code d to predict factor k;
disentanglement asks whether each code serves one factor, completeness whether each factor needs
one code, informativeness how well it is predicted (as accuracy, like the reference).
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, predictors, sampling
from dlib.utils.errors import DlibError


@gin.configurable(
    "dci",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_dci(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
    trees="fast",
):
    """DCI of a representation; see `dci` for the result. Training points are drawn first."""
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "dci")
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    train = sampling.sample_codes(*draw, num_train, random_state, batch_size)
    test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
    return dci(*train, *test, random_state=fit_state, trees=trees)


def dci(codes_train, factors_train, codes_test, factors_test, random_state, trees="fast"):
    """DCI of codes ``[N, D]`` and factors ``[N, K]``, fitted on one set and tested on another.

    Factors with a single training value are left out. Dead codes have importance 0 and weight 0.

    Args:
      codes_train: ``[N, D]``.
      factors_train: ``[N, K]``.
      codes_test: ``[M, D]``.
      factors_test: ``[M, K]``.
      random_state: settles ties between equally good splits.
      trees: "fast" (numba) or "sklearn" (GradientBoostingClassifier); the same model.

    Returns:
      dict of ``informativeness_train``, ``informativeness_test``, ``disentanglement`` and
      ``completeness``, each in [0, 1], and ``importance_matrix`` ``[D][K]``, whose columns sum to
      1 (to 0 for a factor left out or a factor that no code helps to predict).
    """
    codes_train, factors_train = checks.check_points(codes_train, factors_train)
    codes_test, factors_test = checks.check_points(codes_test, factors_test)
    varies = checks.check_varying(factors_train)
    points = (codes_train, factors_train[:, varies], codes_test, factors_test[:, varies])
    fit = _tree_fits().get(trees)
    if fit is None:
        raise DlibError(f"dci.trees is {trees!r}, expected one of {list(_tree_fits())}")
    importances, train_accuracy, test_accuracy = fit(*points, random_state)
    matrix = np.zeros([codes_train.shape[1], len(varies)])
    matrix[:, varies] = importances
    return {
        "informativeness_train": float(np.mean(train_accuracy)),
        "informativeness_test": float(np.mean(test_accuracy)),
        "disentanglement": disentanglement(importances),
        "completeness": completeness(importances),
        "importance_matrix": matrix.tolist(),
    }


def disentanglement(importance_matrix):
    """Mean over codes, weighted by importance, of 1 - H_K(row); ``[D, K]`` -> [0, 1]."""
    return _concentration(importance_matrix)


def completeness(importance_matrix):
    """Mean over factors, weighted by importance, of 1 - H_D(column); ``[D, K]`` -> [0, 1]."""
    return _concentration(importance_matrix.T)


def disentanglement_per_code(importance_matrix):
    """1 - H_K(row) of each code; ``[D, K]`` -> ``[D]`` in [0, 1]."""
    return concentrations(importance_matrix)


def completeness_per_factor(importance_matrix):
    """1 - H_D(column) of each factor; ``[D, K]`` -> ``[K]`` in [0, 1]."""
    return concentrations(importance_matrix.T)


def _concentration(rows):
    """Weighted mean of 1 - entropy of each row in units of its greatest, ``[R, C]``.

    A row of a single entry is fully concentrated. Without any importance all rows are even.
    """
    weights = rows.sum(axis=1)
    if not weights.any():
        weights = np.ones(len(rows))
    return float(np.sum(concentrations(rows) * weights / weights.sum()))


def concentrations(rows):
    """1 - entropy of each row of ``[R, C]`` in units of log C: ``[R]`` in [0, 1]."""
    if rows.shape[1] == 1:
        return np.ones(len(rows))
    shares = rows + 1e-11  # the reference's way to give a row of zeros the greatest entropy
    shares = shares / shares.sum(axis=1, keepdims=True)
    return 1.0 + np.sum(shares * np.log(shares), axis=1) / np.log(rows.shape[1])


def _tree_fits():
    return {"fast": _fit_fast, "sklearn": _fit_sklearn}


def _fit_fast(codes_train, factors_train, codes_test, factors_test, random_state):
    from dlib.evaluation.metrics.boosted_trees import fit_boosted_trees

    return fit_boosted_trees(codes_train, factors_train, codes_test, factors_test, random_state)


def _fit_sklearn(codes_train, factors_train, codes_test, factors_test, random_state):
    """Importances ``[D, K]`` and accuracies ``[K]`` of one scikit-learn model per factor."""
    columns, train_accuracy, test_accuracy = [], [], []
    for train, test in zip(factors_train.T, factors_test.T, strict=True):
        seed = int(random_state.randint(2**31 - 1))
        model = predictors.gradient_boosting_classifier(seed).fit(codes_train, train)
        columns.append(np.abs(model.feature_importances_))
        train_accuracy.append(np.mean(model.predict(codes_train) == train))
        test_accuracy.append(np.mean(model.predict(codes_test) == test))
    return np.stack(columns, axis=1), np.array(train_accuracy), np.array(test_accuracy)


def _compute_dci(mus_train, ys_train, mus_test, ys_test):
    """The reference's helper: codes ``[D, N]``, factors ``[K, N]``; the seed of the fits is 0."""
    points = (mus_train.T, ys_train.T, mus_test.T, ys_test.T)
    return dci(*points, random_state=np.random.RandomState(0))


def compute_importance_gbt(x_train, y_train, x_test, y_test):
    """The reference's helper: importances ``[D, K]`` and the mean train and test accuracy."""
    points = (x_train.T, y_train.T, x_test.T, y_test.T)
    importances, train, test = _fit_fast(*points, np.random.RandomState(0))
    return importances, float(np.mean(train)), float(np.mean(test))


def __getattr__(name):
    """The reference keeps the form for given observations here; it is made of this module."""
    if name == "compute_dci_on_fixed_data":
        from dlib.evaluation.metrics import validation_forms

        return validation_forms.compute_dci_on_fixed_data
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
