"""How well classifiers predict each factor from the codes. N points, D codes, K factors.

The downstream task of Locatello et al. (2019, Challenging common assumptions): accuracy for several
numbers of labelled points.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, predictors, sampling
from dlib.utils.errors import DlibError


@gin.configurable(
    "downstream_task",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_downstream_task(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
):
    """Accuracies of the classifier that gin chooses (``predictor.predictor_fn``).

    Args:
      ground_truth_data: data with at least one factor.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws; training and test points are drawn anew for each size.
      artifact_dir: unused.
      num_train: numbers of training points.
      num_test: number of test points.
      batch_size: points drawn together.

    Returns:
      dict of, for each number n of training points, ``n:mean_train_accuracy``,
      ``n:mean_test_accuracy``, ``n:min_train_accuracy``, ``n:min_test_accuracy``, and for each
      factor i ``n:train_accuracy_factor_i`` and ``n:test_accuracy_factor_i``, all in [0, 1]. Where
      the training points show one value of a factor, that value is predicted.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "downstream_task")
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    scores = {}
    for size in sizes(num_train):
        train = sampling.sample_codes(*draw, size, random_state, batch_size)
        test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
        accuracy = accuracies(*train, *test, predictors.make_predictor_fn(), fit_state)
        scores |= _named(size, *accuracy)
    return scores


def _named(size, train, test):
    """Results of one number of training points, from accuracies ``[K]``."""
    scores = {
        f"{size}:mean_train_accuracy": float(np.mean(train)),
        f"{size}:mean_test_accuracy": float(np.mean(test)),
        f"{size}:min_train_accuracy": float(np.min(train)),
        f"{size}:min_test_accuracy": float(np.min(test)),
    }
    for i, (on_train, on_test) in enumerate(zip(train, test, strict=True)):
        scores[f"{size}:train_accuracy_factor_{i}"] = float(on_train)
        scores[f"{size}:test_accuracy_factor_{i}"] = float(on_test)
    return scores


def sizes(num_train):
    """Numbers of training points as a list; a single number is a list of one."""
    return [num_train] if np.ndim(num_train) == 0 else list(num_train)


def accuracies(codes_train, factors_train, codes_test, factors_test, predictor_fn, random_state):
    """Accuracies of one classifier for each factor.

    Args:
      codes_train: ``[N, D]``; without any code the most frequent value is predicted.
      factors_train: ``[N, K]``.
      codes_test: ``[M, D]``.
      factors_test: ``[M, K]``.
      predictor_fn: makes a classifier as scikit-learn's.
      random_state: seeds the fits.

    Returns:
      accuracies on the training and on the test points, ``[K]`` each.
    """
    train, test = [], []
    for labels_train, labels_test in zip(factors_train.T, factors_test.T, strict=True):
        model = fit(predictor_fn, codes_train, labels_train, random_state)
        train.append(np.mean(model.predict(codes_train) == labels_train))
        test.append(np.mean(model.predict(codes_test) == labels_test))
    return np.array(train), np.array(test)


def fit(predictor_fn, codes, labels, random_state):
    """A classifier of ``predictor_fn``, fitted on ``[N, D]`` codes and ``[N]`` labels.

    Its own ``random_state``, if it has one, is drawn from ``random_state``.

    Raises:
      DlibError: codes that are not finite, or points that the classifier refuses (too few for the
        folds of a cross-validation).
    """
    if codes.shape[1] == 0:  # nothing to learn from but the labels
        from sklearn.dummy import DummyClassifier

        return DummyClassifier(strategy="most_frequent").fit(codes, labels)
    checks.check_codes(codes)
    classifier = predictor_fn()
    if "random_state" in getattr(classifier, "get_params", dict)():
        classifier.set_params(random_state=int(random_state.randint(2**31 - 1)))
    try:
        return predictors.fitted(classifier, codes, labels)
    except ValueError as error:
        raise DlibError(
            f"{type(classifier).__name__} cannot be fitted on {len(codes)} points with "
            f"{len(np.unique(labels))} labels ({error}); use more training points"
        ) from error
