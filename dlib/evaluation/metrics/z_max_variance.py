"""Z-max variance (Kim et al., "Relevance factor VAE", 2019, in the scaling of Carbonneau et al.,
"Measuring disentanglement: a review of metrics", 2022).

The mirror image of FactorVAE's metric: a batch agrees in all factors but one, k, and the code that
varies most, relative to its variance over the data, votes for k. P points, B batch, D codes,
K factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, sampling
from dlib.evaluation.metrics.code_variances import code_variances
from dlib.evaluation.metrics.z_min_variance import above_chance
from dlib.utils.errors import DlibError


def z_max_variance(train, test, variances, num_factors):
    """Scaled accuracy of the majority vote of the most varying code.

    Args:
      train: codes ``[P, B, D]`` of batches in which a single factor varies, and which, int ``[P]``.
      test: the same for other batches.
      variances: ``[D]``, variance of each code over the data; codes with 0 are left out.
      num_factors: K >= 2.

    Returns:
      train and test score, each at most 1 (chance 0): 1 when each factor moves a code of its own.
    """
    counts = [votes(*batches, variances, num_factors) for batches in (train, test)]
    winner = counts[0].argmax(axis=0)  # [D], the factor that most votes of a code are for
    codes = np.arange(len(winner))
    accuracies = [float(table[winner, codes].sum() / table.sum()) for table in counts]
    return tuple(above_chance(accuracy, num_factors) for accuracy in accuracies)


def votes(batches, varied, variances, num_factors):
    """How often code d varied most while factor k was free: int ``[K, D]``."""
    alive = variances > 0.0
    local = np.var(batches, axis=1, ddof=1)  # [P, D]
    relative = np.where(alive, local / np.where(alive, variances, 1.0), -1.0)
    counts = np.zeros([num_factors, len(variances)], np.int64)
    np.add.at(counts, (varied, relative.argmax(axis=1)), 1)
    return counts


def sample_batches(
    ground_truth_data, representation_function, batch_size, num_points, random_state
):
    """Codes ``[P, B, D]`` of drawn batches in which only factor ``varied [P]`` differs."""
    varied, parts = [], []
    for number in sampling.blocks(num_points):
        collector = sampling.CodeCollector(representation_function)
        for _ in range(number):
            varied.append(random_state.randint(ground_truth_data.num_factors))
            drawn = ground_truth_data.sample_factors(batch_size, random_state)
            factors = np.repeat(drawn[:1], batch_size, axis=0)
            factors[:, varied[-1]] = drawn[:, varied[-1]]
            collector.add(ground_truth_data.sample_observations_from_factors(factors, random_state))
        codes = checks.check_codes(collector.take())
        parts.append(codes.reshape(number, batch_size, -1))
    return np.concatenate(parts), np.array(varied)


def _combine_freely(data):
    """Whether any values of the factors name a point. Data of dependent factors may say so."""
    return getattr(data, "is_full_product", not hasattr(data, "sample_factors_given"))


@gin.configurable(
    "z_max_variance",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_z_max_variance(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    batch_size=gin.REQUIRED,
    num_train=gin.REQUIRED,
    num_eval=gin.REQUIRED,
    num_variance_estimate=gin.REQUIRED,
    threshold=0.0,
):
    """Z-max variance of a representation.

    Args:
      ground_truth_data: data whose factors combine freely, at least two.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: unused.
      batch_size: B >= 2, observations whose variance is taken.
      num_train: batches that the classifier is made of.
      num_eval: batches that it is tested on.
      num_variance_estimate: points for the variance of each code over the data, at least 2.
      threshold: standard deviation below which a code is left out.

    Returns:
      dict of ``z_max_variance_train`` and ``z_max_variance`` (evaluation batches), at most 1,
      and ``num_active_dims``. Without an active code both are 0.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "z_max_variance")
    above_chance(1.0, ground_truth_data.num_factors)
    if not _combine_freely(ground_truth_data):
        raise DlibError(
            "z_max_variance varies one factor alone, but these points do not hold all "
            "combinations of factors; use it with a data set whose factors combine freely"
        )
    if min(batch_size, num_variance_estimate) < 2:
        raise DlibError(
            f"z_max_variance has batch_size {batch_size} and num_variance_estimate "
            f"{num_variance_estimate}, expected at least 2: a variance needs two observations"
        )
    draw = (ground_truth_data, representation_function)
    codes = sampling.sample_observation_codes(*draw, num_variance_estimate, random_state)
    variances = code_variances(codes)
    variances = np.where(np.sqrt(variances) >= threshold, variances, 0.0)
    scores = (0.0, 0.0)
    if variances.any():
        train = sample_batches(*draw, batch_size, num_train, random_state)
        test = sample_batches(*draw, batch_size, num_eval, random_state)
        scores = z_max_variance(train, test, variances, ground_truth_data.num_factors)
    return {
        "z_max_variance_train": scores[0],
        "z_max_variance": scores[1],
        "num_active_dims": int(np.sum(variances > 0.0)),
    }
