"""Classifiers that gin can choose for the downstream tasks (names of the reference).

Each returns a fresh scikit-learn estimator. ``random_state`` (an int or None) seeds the fit; the
reference leaves it to numpy's global generator.
"""

import gin


@gin.configurable("logistic_regression_cv", denylist=["random_state"])
def logistic_regression_cv(random_state=None):
    """Logistic regression, its strength chosen among 10 by 5 unshuffled folds."""
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import KFold

    return LogisticRegressionCV(Cs=10, cv=KFold(n_splits=5), random_state=random_state)


@gin.configurable("gradient_boosting_classifier", denylist=["random_state"])
def gradient_boosting_classifier(random_state=None):
    """Boosted trees with scikit-learn's defaults: 100 rounds, rate 0.1, depth 3."""
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(random_state=random_state)


@gin.configurable("predictor")
def make_predictor_fn(predictor_fn=gin.REQUIRED):
    """The function chosen by gin that makes a classifier."""
    return predictor_fn


def fitted(classifier, codes, labels):
    """Fits ``classifier`` on ``[N, D]`` codes and ``[N]`` labels; a constant if one class is there.

    scikit-learn's classifiers refuse labels of a single class. Where the solver stops at its
    limit of iterations, as it does in the reference, its score is kept without a warning; nor
    does a user hear of defaults that a later version will spell differently.
    """
    import warnings

    from sklearn.dummy import DummyClassifier
    from sklearn.exceptions import ConvergenceWarning

    if (labels == labels[0]).all():
        classifier = DummyClassifier(strategy="most_frequent")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return classifier.fit(codes, labels)
