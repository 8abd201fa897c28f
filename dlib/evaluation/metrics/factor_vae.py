"""The metric of FactorVAE (Kim and Mnih, 2018). P points, B batch, D codes, K factors.

A point is the code that varies least, relative to its variance over the data, in a batch that
agrees in one factor k; the score is how well a majority vote tells k from it.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, sampling
from dlib.evaluation.metrics.code_variances import code_variances
from dlib.utils.errors import DlibError


@gin.configurable(
    "factor_vae_score",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_factor_vae(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    batch_size=gin.REQUIRED,
    num_train=gin.REQUIRED,
    num_eval=gin.REQUIRED,
    num_variance_estimate=gin.REQUIRED,
):
    """Accuracy of the majority vote of the least varying code.

    Args:
      ground_truth_data: data with at least one factor.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: unused.
      batch_size: B >= 2, observations whose variance is taken.
      num_train: votes that the classifier is made of.
      num_eval: votes that it is tested on.
      num_variance_estimate: points for the variance of each code over the data, at least 2.

    Returns:
      dict of ``train_accuracy``, ``eval_accuracy`` in [0, 1] (chance about 1/K; 0 if no code is
      active) and ``num_active_dims``, the number of active codes (the reference counts all).
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "factor_vae_score")
    if min(batch_size, num_variance_estimate) < 2:
        raise DlibError(
            f"factor_vae_score has batch_size {batch_size} and num_variance_estimate "
            f"{num_variance_estimate}, expected at least 2: a variance needs two observations"
        )
    codes = sampling.sample_observation_codes(
        ground_truth_data, representation_function, num_variance_estimate, random_state
    )
    variances = code_variances(codes)  # [D]
    active = _prune_dims(variances)
    if not active.any():
        return {"train_accuracy": 0.0, "eval_accuracy": 0.0, "num_active_dims": 0}
    draw = (ground_truth_data, representation_function, batch_size, variances, active)
    train = sample_votes(*draw, num_train, random_state)
    evaluation = sample_votes(*draw, num_eval, random_state)
    winner = np.argmax(train, axis=0)  # [D], the factor that most votes of a code are for
    return {
        "train_accuracy": _accuracy(train, winner),
        "eval_accuracy": _accuracy(evaluation, winner),
        "num_active_dims": int(active.sum()),
    }


@gin.configurable("prune_dims", denylist=["variances"])
def _prune_dims(variances, threshold=0.0):
    """Which codes are active, bool ``[D]``: standard deviation at least ``threshold``.

    A constant code is never active; its relative variance would be 0/0.
    """
    return (np.sqrt(variances) >= threshold) & (variances > 0)


def sample_votes(
    ground_truth_data,
    representation_function,
    batch_size,
    variances,
    active,
    num_points,
    random_state,
):
    """Votes ``[K, A]``: how often fixing factor k left active code a the least varying one."""
    votes = np.zeros([ground_truth_data.num_factors, int(active.sum())], np.int64)
    for number in sampling.blocks(num_points):
        collector = sampling.CodeCollector(representation_function)
        fixed = [
            _add_batch(ground_truth_data, collector, batch_size, random_state)
            for _ in range(number)
        ]
        codes = checks.check_codes(collector.take()).reshape(number, batch_size, -1)  # [P, B, D]
        local = np.var(codes, axis=1, ddof=1)  # [P, D]
        least = np.argmin(local[:, active] / variances[active], axis=1)
        np.add.at(votes, (fixed, least), 1)
    return votes


def _add_batch(ground_truth_data, collector, batch_size, random_state):
    """Draws one batch that agrees in a factor, which is returned."""
    fixed = random_state.randint(ground_truth_data.num_factors)
    factors = ground_truth_data.sample_factors(batch_size, random_state)
    factors = sampling.hold_factor(
        ground_truth_data, factors, fixed, factors[0, fixed], random_state
    )
    collector.add(ground_truth_data.sample_observations_from_factors(factors, random_state))
    return fixed


def _accuracy(votes, winner):
    """Share of ``votes`` ``[K, A]`` that are for the winner of their code."""
    return float(votes[winner, np.arange(votes.shape[1])].sum() / votes.sum())
