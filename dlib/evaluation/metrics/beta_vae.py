"""The metric of beta-VAE (Higgins et al., 2017). P points, B batch, D codes, K factors.

A point is the mean of |z_1 - z_2| over a batch of pairs that agree in one factor k; the score is
how well a linear classifier tells k from it.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, predictors, sampling


@gin.configurable(
    "beta_vae_sklearn",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_beta_vae_sklearn(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    batch_size=gin.REQUIRED,
    num_train=gin.REQUIRED,
    num_eval=gin.REQUIRED,
):
    """Accuracy of telling the factor that pairs share from the mean difference of their codes.

    Args:
      ground_truth_data: data with at least one factor.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: unused.
      batch_size: B, pairs averaged into one point.
      num_train: points to fit on.
      num_eval: points to test on, drawn from the same stream after those.

    Returns:
      dict of ``train_accuracy`` and ``eval_accuracy`` in [0, 1]; chance is about 1/K.
    """
    del artifact_dir
    from sklearn.linear_model import LogisticRegression

    checks.check_has_factors(ground_truth_data, "beta_vae_sklearn")
    draw = (ground_truth_data, representation_function, batch_size)
    # lbfgs, the solver, makes no draw, so the evaluation points follow the training points.
    train_x, train_y = sample_points(*draw, num_train, random_state)
    eval_x, eval_y = sample_points(*draw, num_eval, random_state)
    model = predictors.fitted(LogisticRegression(), train_x, train_y)
    return {
        "train_accuracy": float(model.score(train_x, train_y)),
        "eval_accuracy": float(model.score(eval_x, eval_y)),
    }


def sample_points(ground_truth_data, representation_function, batch_size, num_points, random_state):
    """Points float64 ``[P, D]`` and their shared factors ``[P]``."""
    points, labels = [], []
    for number in sampling.blocks(num_points):
        collector = sampling.CodeCollector(representation_function)
        for _ in range(number):
            labels.append(_add_pairs(ground_truth_data, collector, batch_size, random_state))
        codes = checks.check_codes(collector.take())
        pairs = codes.reshape(number, 2, batch_size, -1)  # [P, 2, B, D]
        points.append(np.abs(pairs[:, 0] - pairs[:, 1]).mean(axis=1))
    return np.concatenate(points).astype(np.float64), np.array(labels)


def _add_pairs(ground_truth_data, collector, batch_size, random_state):
    """Draws one point: B pairs that share a factor, which is returned."""
    shared = random_state.randint(ground_truth_data.num_factors)
    first = ground_truth_data.sample_factors(batch_size, random_state)
    second = ground_truth_data.sample_factors(batch_size, random_state)
    second = sampling.hold_factor(ground_truth_data, second, shared, first[:, shared], random_state)
    collector.add(ground_truth_data.sample_observations_from_factors(first, random_state))
    collector.add(ground_truth_data.sample_observations_from_factors(second, random_state))
    return shared
