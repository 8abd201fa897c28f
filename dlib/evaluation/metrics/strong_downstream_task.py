"""Downstream accuracy under a shift of the data.

A factor is held at one value in training and takes its other values in testing.
N training points, M test points, D codes, K factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, downstream_task, interventions, predictors, sampling
from dlib.utils.errors import DlibError


@gin.configurable(
    "strong_downstream_task",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_strong_downstream_task(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    n_experiment=gin.REQUIRED,
):
    """Accuracies of the classifier that gin chooses, without and with the shift.

    Which factor is held at which value is drawn from a copy of ``random_state`` (the reference
    draws it from numpy's global generator).

    Args:
      ground_truth_data: data with at least two factors, one of them with two values.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all points.
      artifact_dir: unused.
      num_train: numbers of training points.
      num_test: number of test points.
      n_experiment: shifts that are drawn for each predicted factor.

    Returns:
      dict of, for each number n of training points, ``n:mean_train_accuracy``,
      ``n:mean_test_accuracy``, ``n:mean_strong_train_accuracy``, ``n:mean_strong_test_accuracy`` in
      [0, 1], and ``n:strong_generalization_gap``, 1 - strong / plain test accuracy, at most 1 (0
      where the plain accuracy is 0: there is nothing to lose).
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "strong_downstream_task")
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    scores = {}
    for size in downstream_task.sizes(num_train):
        factors_train = ground_truth_data.sample_factors(size, random_state)
        factors_test = ground_truth_data.sample_factors(num_test, random_state)
        codes_train = interventions.codes_of(*draw, factors_train, random_state)
        codes_test = interventions.codes_of(*draw, factors_test, random_state)
        predictor_fn = predictors.make_predictor_fn()
        points = (codes_train, factors_train, codes_test, factors_test)
        plain = downstream_task.accuracies(*points, predictor_fn, fit_state)
        factors = (factors_train, factors_test)
        strong = shifted_accuracies(
            *draw, *factors, predictor_fn, n_experiment, random_state, fit_state
        )
        scores |= _named(size, *np.mean(plain, axis=1), *np.mean(strong, axis=1))
    return scores


def _named(size, train, test, strong_train, strong_test):
    gap = 1.0 - strong_test / test if test > 0 else 0.0
    return {
        f"{size}:mean_train_accuracy": float(train),
        f"{size}:mean_test_accuracy": float(test),
        f"{size}:mean_strong_train_accuracy": float(strong_train),
        f"{size}:mean_strong_test_accuracy": float(strong_test),
        f"{size}:strong_generalization_gap": float(gap),
    }


def shifted_accuracies(
    ground_truth_data,
    representation_function,
    factors_train,
    factors_test,
    predictor_fn,
    n_experiment,
    random_state,
    fit_state,
):
    """Training and test accuracy of every drawn shift, ``[K * n_experiment]`` each."""
    draw = (ground_truth_data, representation_function)
    train, test = [], []
    for target in range(factors_train.shape[1]):
        for _ in range(n_experiment):
            shifted_train, shifted_test, _, _ = intervene(
                factors_train, factors_test, target, factors_train.shape[1], ground_truth_data,
                fit_state,
            )  # fmt: skip
            codes_train = interventions.codes_of(*draw, shifted_train, random_state)
            codes_test = interventions.codes_of(*draw, shifted_test, random_state)
            labels = (shifted_train[:, [target]], shifted_test[:, [target]])
            points = (codes_train, labels[0], codes_test, labels[1])
            accuracy = downstream_task.accuracies(*points, predictor_fn, fit_state)
            train.append(accuracy[0].item())
            test.append(accuracy[1].item())
    return np.array(train), np.array(test)


def intervene(y_train, y_test, target_y, num_factors, ground_truth_data, random_state=None):
    """Draws a shift: holds a factor in training, and gives it any other value in testing.

    Args:
      y_train: factors ``[N, K]``.
      y_test: factors ``[M, K]``.
      target_y: the factor that is to be predicted, which stays as it is.
      num_factors: K.
      ground_truth_data: tells how many values each factor has.
      random_state: what the shift is drawn from; seeded by 0 if None.

    Returns:
      the shifted factors ``[N, K]`` and ``[M, K]``, the factor's index, and its training value.

    Raises:
      DlibError: no other factor has two values.
    """
    random_state = np.random.RandomState(0) if random_state is None else random_state
    num_values = ground_truth_data.factors_num_values
    candidates = [j for j in range(num_factors) if j != target_y and num_values[j] > 1]
    if not candidates:
        raise DlibError(
            f"strong_downstream_task cannot shift any factor but factor {target_y}, which it "
            "predicts; use data with two factors of at least two values"
        )
    held = int(random_state.choice(candidates))
    value = int(random_state.randint(num_values[held]))
    others = np.delete(np.arange(num_values[held]), value)
    test_values = random_state.choice(others, size=len(y_test))
    shift = (ground_truth_data, held, random_state)
    return _with(y_train, value, *shift), _with(y_test, test_values, *shift), held, value


def _with(factors, values, ground_truth_data, column, random_state):
    return sampling.hold_factor(ground_truth_data, factors, column, values, random_state)
