"""Modularity and explicitness (Ridgeway and Mozer, 2018). N points, D codes, K factors.

Modularity asks whether each code knows one factor only; explicitness whether a linear classifier
finds each factor's value in the codes.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import (
    checks,
    discretization,
    information,
    predictors,
    sampling,
)

# Below this a mutual information is rounding, not knowledge.
NO_INFORMATION = 1e-10


@gin.configurable(
    "modularity_explicitness",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_modularity_explicitness(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
):
    """Both scores of a representation; see `scores_of_points` for the result."""
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "modularity_explicitness")
    draw = (ground_truth_data, representation_function)
    codes_train, factors_train = sampling.sample_codes(*draw, num_train, random_state, batch_size)
    codes_test, factors_test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
    bins = discretization.discretized(checks.check_codes(codes_train))
    return scores_of_points(bins, codes_train, factors_train, codes_test, factors_test)


def scores_of_points(bins, codes_train, factors_train, codes_test, factors_test):
    """Scores of drawn points; factors with a single training value are left out.

    Args:
      bins: ``[N, D]`` the training codes made discrete.
      codes_train: ``[N, D]``.
      factors_train: ``[N, K]``.
      codes_test: ``[M, D]``.
      factors_test: ``[M, K]``.

    Returns:
      dict of ``modularity_score`` (dead codes count as 0, as in the reference),
      ``modularity_score_without_dead_codes`` and ``explicitness_score_train`` / ``_test``, all in
      [0, 1] (explicitness: an area under the curve, chance 0.5).
    """
    codes_train, factors_train = checks.check_points(codes_train, factors_train)
    codes_test, factors_test = checks.check_points(codes_test, factors_test)
    varies = checks.check_varying(factors_train)
    factors_train, factors_test = factors_train[:, varies], factors_test[:, varies]
    shared = information.mutual_information_matrix(bins, factors_train)
    train, test = explicitness(codes_train, factors_train, codes_test, factors_test)
    return {
        "modularity_score": modularity(shared),
        "modularity_score_without_dead_codes": modularity_of_live_codes(shared),
        "explicitness_score_train": train,
        "explicitness_score_test": test,
    }


def modularity(mutual_information):
    """Mean modularity of the codes of a mutual information matrix ``[D, K]``, in [0, 1].

    1 - sum over the other factors of I^2 / (max I^2 (K - 1)) for each code, 0 for a code without
    information; a single factor leaves nothing to share, so an informed code has 1.
    """
    return float(np.mean(_modularities(mutual_information)))


def modularity_of_live_codes(mutual_information):
    """`modularity` over the codes that know something; 0 if none does."""
    live = mutual_information.max(axis=1) >= NO_INFORMATION
    return modularity(mutual_information[live]) if live.any() else 0.0


def _modularities(mutual_information):
    squares = np.where(mutual_information < NO_INFORMATION, 0.0, mutual_information) ** 2
    largest = squares.max(axis=1)  # [D]
    others = squares.sum(axis=1) - largest
    scale = np.where(largest > 0, largest, 1.0) * max(squares.shape[1] - 1, 1)
    return np.where(largest > 0, 1.0 - others / scale, 0.0)


def explicitness(codes_train, factors_train, codes_test, factors_test):
    """Means over factors of `explicitness_per_factor`, on codes in standard deviations."""
    mean, deviation = codes_train.mean(axis=0), codes_train.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)  # a dead code says 0
    codes_train = (codes_train - mean) / deviation
    codes_test = (codes_test - mean) / deviation
    areas = [
        explicitness_per_factor(codes_train, train, codes_test, test)
        for train, test in zip(factors_train.T, factors_test.T, strict=True)
    ]
    train, test = np.mean(areas, axis=0)
    return float(train), float(test)


def explicitness_per_factor(mus_train, y_train, mus_test, y_test):
    """Area under the ROC curve of a logistic regression, mean over the factor's values.

    Args:
      mus_train: ``[N, D]`` normalised codes.
      y_train: ``[N]`` values of one factor.
      mus_test: ``[M, D]``.
      y_test: ``[M]``.

    Returns:
      the area on the training and on the test points. A value missing from the training points
      cannot be predicted and is left out, as is one that no or every test point has.
    """
    from sklearn.linear_model import LogisticRegression

    model = predictors.fitted(LogisticRegression(), mus_train, y_train)
    train = mean_area(y_train, model.predict_proba(mus_train), model.classes_)
    return train, mean_area(y_test, model.predict_proba(mus_test), model.classes_)


def mean_area(labels, probabilities, classes):
    """Mean over ``classes`` ``[C]`` of the area under the ROC curve of one against the rest.

    Args:
      labels: ``[N]``.
      probabilities: ``[N, C]``.
      classes: ``[C]`` in the order of the columns.

    Returns:
      a float in [0, 1]; 0.5, chance, if no class tells points apart.
    """
    from scipy.stats import rankdata

    member = labels[:, None] == classes  # [N, C]
    inside = member.sum(axis=0)
    outside = len(labels) - inside
    told = (inside > 0) & (outside > 0)
    if not told.any():
        return 0.5
    ranks = rankdata(probabilities, axis=0)  # [N, C], ties share their mean rank
    wins = np.sum(ranks * member, axis=0) - inside * (inside + 1) / 2
    return float(np.mean(wins[told] / (inside[told] * outside[told])))
