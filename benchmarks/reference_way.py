"""How the reference (disentanglement_lib) computes its metrics, for comparison.

Every batch of images goes through the plain encoder by itself, every pair of a code and a factor
is a call to scikit-learn, and every factor has its own scikit-learn trees. Draws and formulas are
those of `dlib.evaluation.metrics`, so both ways must give the same scores.
"""

import contextlib
import time

import numpy as np

from dlib.evaluation.metrics import (
    dci,
    information,
    modularity_explicitness,
    predictors,
    sampling,
    sap_score,
)
from dlib.methods.shared import blank_margins


@contextlib.contextmanager
def reference_way():
    """Within it, `dlib.evaluation.metrics` compute like the reference."""
    replaced = [
        (sampling, "ENCODED_ROWS", 1),
        (sampling, "ENCODED_BYTES", 1),
        (sampling, "sample_observation_codes", _observe_in_one_call),
        (information, "mutual_information_matrix", _mutual_information_by_pairs),
        (sap_score, "accuracies", _accuracies_by_pairs),
        (modularity_explicitness, "mean_area", _mean_area),
        (dci, "_fit_fast", dci._fit_sklearn),
        (blank_margins, "applies", lambda images, kernels: False),
    ]
    kept = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    for module, name, replacement in replaced:
        setattr(module, name, replacement)
    try:
        yield
    finally:
        for module, name, original in kept:
            setattr(module, name, original)


def _observe_in_one_call(data, representation_function, num_points, random_state):
    observations = data.sample_observations(num_points, random_state)
    return sampling.encode(observations, representation_function, 64)


def _mutual_information_by_pairs(first, second):
    from sklearn.metrics import mutual_info_score

    return np.array([[mutual_info_score(k, d) for k in second.T] for d in first.T])


def _accuracies_by_pairs(codes_train, factors_train, codes_test, factors_test):
    from sklearn.svm import LinearSVC

    matrix = np.empty([codes_train.shape[1], factors_train.shape[1]])
    for d, k in np.ndindex(*matrix.shape):
        model = LinearSVC(C=0.01, class_weight="balanced", random_state=0)
        model.fit(codes_train[:, [d]], factors_train[:, k])
        matrix[d, k] = np.mean(model.predict(codes_test[:, [d]]) == factors_test[:, k])
    return matrix


def _mean_area(labels, probabilities, classes):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(labels[:, None] == classes, probabilities)


@contextlib.contextmanager
def fewer_rounds(share):
    """Within it, scikit-learn's trees grow a share of their 100 rounds."""
    original = predictors.gradient_boosting_classifier

    def make(seed):
        return original(seed).set_params(n_estimators=max(1, round(100 * share)))

    predictors.gradient_boosting_classifier = make
    try:
        yield
    finally:
        predictors.gradient_boosting_classifier = original


class Stopwatch:
    """Within it, the seconds spent in a function of a module are added up."""

    def __init__(self, place):
        self.seconds = 0.0
        self._place = place  # module and name, or None: nothing is timed

    def __enter__(self):
        """Puts the timed function in the place of the function."""
        if self._place:
            self._original = getattr(*self._place)
            setattr(*self._place, self._timed)
        return self

    def __exit__(self, *_):
        """Puts the function back."""
        if self._place:
            setattr(*self._place, self._original)

    def _timed(self, *args, **kwargs):
        start = time.perf_counter()
        try:
            return self._original(*args, **kwargs)
        finally:
            self.seconds += time.perf_counter() - start
