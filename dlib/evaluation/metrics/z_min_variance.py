"""Z-min variance: FactorVAE's metric with chance at 0 (Kim and Mnih, 2018, in the scaling of
Carbonneau et al., "Measuring disentanglement: a review of metrics", 2022). K factors.
"""

import gin

from dlib.evaluation.metrics import checks, factor_vae
from dlib.utils.errors import DlibError


def above_chance(accuracy, num_factors):
    """(accuracy - 1/K) / (1 - 1/K): 1 is perfect, 0 a guess, negative worse than that.

    Raises:
      DlibError: fewer than two factors, among which nothing is to be told apart.
    """
    if num_factors < 2:
        raise DlibError(
            f"z-min and z-max variance tell factors apart, but the data has {num_factors}; "
            "use data with at least two factors"
        )
    return (accuracy - 1.0 / num_factors) / (1.0 - 1.0 / num_factors)


@gin.configurable(
    "z_min_variance",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_z_min_variance(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    batch_size=gin.REQUIRED,
    num_train=gin.REQUIRED,
    num_eval=gin.REQUIRED,
    num_variance_estimate=gin.REQUIRED,
):
    """FactorVAE's metric, draw by draw, and its scaled values.

    Args and ``prune_dims`` as in `factor_vae.compute_factor_vae`.

    Returns:
      dict of ``z_min_variance_train`` and ``z_min_variance`` (evaluation points), at most 1, and
      ``num_active_dims``. Without an active code both are 0.
    """
    checks.check_has_factors(ground_truth_data, "z_min_variance")
    above_chance(1.0, ground_truth_data.num_factors)
    found = factor_vae.compute_factor_vae(
        ground_truth_data,
        representation_function,
        random_state,
        artifact_dir,
        batch_size,
        num_train,
        num_eval,
        num_variance_estimate,
    )
    active = found["num_active_dims"]
    train, evaluation = (
        above_chance(found[key], ground_truth_data.num_factors) if active else 0.0
        for key in ("train_accuracy", "eval_accuracy")
    )
    return {
        "z_min_variance_train": train,
        "z_min_variance": evaluation,
        "num_active_dims": active,
    }
