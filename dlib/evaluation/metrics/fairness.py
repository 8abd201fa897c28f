"""How much predictions of one factor change with another that should not matter.

Locatello et al. (2019, On the fairness of disentangled representations, section 4): a classifier of
the target factor is trained on the codes; then the sensitive factor is set to each of its values,
and unfairness is the total variation distance between the distributions of predictions.
K factors; V values of the sensitive factor, T of the target.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, downstream_task, interventions, predictors, sampling
from dlib.utils.errors import DlibError


@gin.configurable(
    "fairness",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_fairness(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test_points_per_class=gin.REQUIRED,
    batch_size=16,
):
    """Unfairness of the classifier that gin chooses, for every target and sensitive factor.

    Args:
      ground_truth_data: data with at least two factors.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: unused.
      num_train: number of training points.
      num_test_points_per_class: test points for each value of a sensitive factor.
      batch_size: training points drawn together.

    Returns:
      dict as `compute_scores_dict`, once with the prefix ``mean_fairness`` (mean distance over the
      sensitive values) and once with ``max_fairness`` (greatest); all in [0, 1], 0 is fair. The
      paper's score is ``mean_fairness:mean_pred:mean_sens``.

    Raises:
      DlibError: fewer than two factors.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "fairness")
    num_factors = ground_truth_data.num_factors
    if num_factors < 2:
        raise DlibError("fairness has one factor, expected a target and a sensitive one or more")
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    codes, factors = sampling.sample_codes(*draw, num_train, random_state, batch_size)
    predictor_fn = predictors.make_predictor_fn()
    mean, greatest = np.zeros([2, num_factors, num_factors])
    for target in range(num_factors):
        model = downstream_task.fit(predictor_fn, codes, factors[:, target], fit_state)
        for sensitive in range(num_factors):
            if sensitive != target:
                number = num_test_points_per_class
                counts = count_predictions(*draw, model, target, sensitive, number, random_state)
                mean[target, sensitive], greatest[target, sensitive] = inter_group_fairness(counts)
    return {
        **compute_scores_dict(mean, "mean_fairness"),
        **compute_scores_dict(greatest, "max_fairness"),
    }


def count_predictions(
    ground_truth_data, representation_function, model, target, sensitive, num_points, random_state
):
    """Predictions of the target for each value of the sensitive factor: counts ``[T, V]``.

    The other factors are drawn once and shared by all values.
    """
    num_targets = ground_truth_data.factors_num_values[target]
    num_values = ground_truth_data.factors_num_values[sensitive]
    factors = ground_truth_data.sample_factors(num_points, random_state)
    collector = sampling.CodeCollector(representation_function)
    for value in range(num_values):
        held = sampling.hold_factor(ground_truth_data, factors, sensitive, value, random_state)
        interventions.observe(ground_truth_data, held, random_state, collector)
    predictions = model.predict(checks.check_codes(collector.take()))  # [V * num_points]
    counts = np.zeros([num_targets, num_values], np.int64)
    np.add.at(counts, (predictions.astype(int), np.repeat(np.arange(num_values), num_points)), 1)
    return counts


def inter_group_fairness(counts):
    """Total variation distance of each column's distribution from that of all columns together.

    Args:
      counts: ``[T, V]``, predictions of each target value for each sensitive value.

    Returns:
      their mean, weighted by the columns' counts, and their maximum; floats in [0, 1].
    """
    counts = np.asarray(counts)
    per_value = counts.sum(axis=0)  # [V]
    everyone = counts.sum(axis=1) / per_value.sum()  # [T]
    distances = np.abs(counts / per_value - everyone[:, None]).sum(axis=0) / 2  # [V]
    return float(distances @ per_value / per_value.sum()), float(distances.max())


def compute_scores_dict(metric, prefix):
    """Names the entries of ``metric`` ``[K, K]`` (row: target, column: sensitive) and their means.

    Returns:
      dict of ``prefix:predI:sensJ`` for I != J; means and maxima of rows
      (``prefix:predI:mean_sens``, ``:max_sens``) and columns
      (``prefix:sensJ:mean_pred``, ``:max_pred``); and means and maxima of those
      (``prefix:mean_pred:max_sens`` is the mean over targets of the row maxima).
    """
    num_factors = len(metric)
    scores = {
        f"{prefix}:pred{i}:sens{j}": float(metric[i, j])
        for i in range(num_factors)
        for j in range(num_factors)
        if i != j
    }
    pairs = ~np.eye(num_factors, dtype=bool)
    rows = metric[pairs].reshape(num_factors, -1)  # [K, K - 1]
    columns = metric.T[pairs].reshape(num_factors, -1)
    # (what a line is of, what its entries are of, lines), in the reference's order
    for line, entry, lines in (("pred", "sens", rows), ("sens", "pred", columns)):
        for i, values in enumerate(lines):
            for inner, summary in _SUMMARIES.items():
                scores[f"{prefix}:{line}{i}:{inner}_{entry}"] = float(summary(values))
    for line, entry, lines in (("sens", "pred", columns), ("pred", "sens", rows)):
        for outer, over_lines in _SUMMARIES.items():
            for inner, summary in _SUMMARIES.items():
                name = f"{prefix}:{outer}_{line}:{inner}_{entry}"
                scores[name] = float(over_lines(summary(lines, axis=1)))
    return scores


_SUMMARIES = {"mean": np.mean, "max": np.max}
