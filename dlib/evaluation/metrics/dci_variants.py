"""DCI with other predictors than gradient-boosted trees (Eastwood and Williams, 2018).

Random forest and Lasso are those of the paper; for boosted histograms importances are those of
permutation, as for any black box (Eastwood et al., "DCI-ES", 2023). The scores are DCI's own: see
`dci`. N training points, M test points, D codes, K factors.

A fit takes codes ``[N, D]`` and labels ``[N]`` to train on, the same to test on, and a seed; it
returns importances ``[D]`` (non-negative) and the informativeness on both sets.
"""

import functools
import warnings

import gin
import numpy as np

from dlib.evaluation.metrics import checks, dci, sampling

PROTOCOL = ["ground_truth_data", "representation_function", "random_state", "artifact_dir"]


def dci_with(fit, codes_train, factors_train, codes_test, factors_test, random_state):
    """DCI of codes and factors with the predictors of ``fit``.

    Factors with a single training value are left out.

    Returns:
      dict of ``informativeness_train``, ``informativeness_test``, ``disentanglement`` and
      ``completeness``, each in [0, 1], and ``importance_matrix`` ``[D][K]``, whose columns sum to
      1 (to 0 for a factor left out or one that no code helps to predict).

    Raises:
      DlibError: codes that are not finite, or no factor that varies.
    """
    codes_train, factors_train = checks.check_points(codes_train, factors_train)
    codes_test, factors_test = checks.check_points(codes_test, factors_test)
    varies = checks.check_varying(factors_train)
    matrix = np.zeros([codes_train.shape[1], len(varies)])
    informativeness = []
    for k in np.flatnonzero(varies):
        seed = int(random_state.randint(2**31 - 1))
        importances, *both = fit(
            codes_train, factors_train[:, k], codes_test, factors_test[:, k], seed
        )
        matrix[:, k] = importances / (importances.sum() or 1.0)
        informativeness.append(both)
    train, test = np.mean(informativeness, axis=0)
    return {
        "informativeness_train": float(train),
        "informativeness_test": float(test),
        "disentanglement": dci.disentanglement(matrix[:, varies]),
        "completeness": dci.completeness(matrix[:, varies]),
        "importance_matrix": matrix.tolist(),
    }


def fit_random_forest(codes, labels, codes_test, labels_test, seed, num_trees=100, max_depth=None):
    """A random forest: decrease of the Gini impurity by code; accuracies.

    As in the paper every split sees all codes: with a random part of them, codes that know
    nothing would be split on, and gain importance, wherever the right one is not drawn.
    """
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        num_trees, max_depth=max_depth, max_features=None, random_state=seed
    )
    model.fit(codes, labels)
    return (
        model.feature_importances_,
        np.mean(model.predict(codes) == labels),
        np.mean(model.predict(codes_test) == labels_test),
    )


def fit_lasso(codes, labels, codes_test, labels_test, seed, num_folds=5):
    """Lasso on the factor as a number: absolute weights; R^2, negative values as 0.

    Codes are standardised, the penalty is chosen by cross-validation on ``num_folds`` folds.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV
    from sklearn.model_selection import KFold

    scale = codes.std(axis=0)
    if not scale.any():  # no code varies: nothing has a weight
        return np.zeros(codes.shape[1]), 0.0, 0.0
    mean, scale = codes.mean(axis=0), np.where(scale > 0.0, scale, 1.0)
    model = LassoCV(cv=KFold(num_folds, shuffle=True, random_state=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit((codes - mean) / scale, labels)
    scores = (
        1.0 - np.mean((model.predict((z - mean) / scale) - y) ** 2) / np.var(labels)
        for z, y in ((codes, labels), (codes_test, labels_test))
    )
    return np.abs(model.coef_), *(max(score, 0.0) for score in scores)


def fit_hist_boosting(codes, labels, codes_test, labels_test, seed, num_rounds=100, num_repeats=5):
    """Boosted histograms: accuracy lost when a code of the test points is shuffled; accuracies."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.inspection import permutation_importance

    model = HistGradientBoostingClassifier(max_iter=num_rounds, random_state=seed)
    model.fit(codes, labels)
    lost = permutation_importance(
        model, codes_test, labels_test, n_repeats=num_repeats, random_state=seed
    )
    return (
        np.maximum(lost.importances_mean, 0.0),
        np.mean(model.predict(codes) == labels),
        np.mean(model.predict(codes_test) == labels_test),
    )


@gin.configurable("dci_random_forest", denylist=PROTOCOL)
def compute_dci_random_forest(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
    num_trees=100,
    max_depth=None,
):
    """DCI with random forests of ``num_trees`` trees, grown to ``max_depth`` or to the end."""
    del artifact_dir
    fit = functools.partial(fit_random_forest, num_trees=num_trees, max_depth=max_depth)
    draw = (ground_truth_data, representation_function, random_state)
    return _score("dci_random_forest", fit, draw, num_train, num_test, batch_size)


@gin.configurable("dci_lasso", denylist=PROTOCOL)
def compute_dci_lasso(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
    num_folds=5,
):
    """DCI with Lasso; informativeness is R^2. Factors are taken as numbers, in their order."""
    del artifact_dir
    fit = functools.partial(fit_lasso, num_folds=num_folds)
    draw = (ground_truth_data, representation_function, random_state)
    return _score("dci_lasso", fit, draw, num_train, num_test, batch_size)


@gin.configurable("dci_hist_boosting", denylist=PROTOCOL)
def compute_dci_hist_boosting(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
    num_rounds=100,
    num_repeats=5,
):
    """DCI with scikit-learn's boosted histograms and ``num_repeats`` shuffles of each code."""
    del artifact_dir
    fit = functools.partial(fit_hist_boosting, num_rounds=num_rounds, num_repeats=num_repeats)
    draw = (ground_truth_data, representation_function, random_state)
    return _score("dci_hist_boosting", fit, draw, num_train, num_test, batch_size)


def _score(name, fit, draw, num_train, num_test, batch_size):
    """Draws the points of `dci.compute_dci`, training points first, and scores them."""
    ground_truth_data, representation_function, random_state = draw
    checks.check_has_factors(ground_truth_data, name)
    fit_state = sampling.fit_random_state(random_state)
    sets = [
        sampling.sample_codes(
            ground_truth_data, representation_function, number, random_state, batch_size
        )
        for number in (num_train, num_test)
    ]
    return dci_with(fit, *sets[0], *sets[1], fit_state)
