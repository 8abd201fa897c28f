"""DCIMIG, also 3CharM (Sepliarskaia et al., "How to not measure disentanglement", 2019).

    DCIMIG = sum_k S_k / sum_k H(c_k)

S_k is the largest gap I(z_d; c_k) - I(z_d; c_l) among the codes d that know most about factor k,
c_l being the factor that d knows second most about; 0 if no code is devoted to k.

N points, D codes, K factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, information, sampling


def dcimig(codes, factors, num_bins=20):
    """DCIMIG of codes ``[N, D]`` and factors ``[N, K]``.

    Returns:
      a float in [0, 1]: 1 when each factor has a code that knows it in full and no other factor;
      further codes, duplicated or dead, change nothing. With a single factor nothing competes.

    Raises:
      DlibError: codes that are not finite, or no factor that varies.
    """
    codes, factors = checks.check_points(codes, factors)
    return score_of_bins(discretization.histogram_bins(codes, num_bins), factors)


def score_of_bins(bins, factors):
    """DCIMIG of codes that are discrete already."""
    checks.check_varying(factors)
    shared = information.mutual_information_matrix(bins, factors)  # [D, K]
    best = shared.argmax(axis=1)
    ascending = np.sort(np.pad(shared, [(0, 0), (1, 0)]), axis=1)  # a second best of at least 0
    gaps = np.zeros(shared.shape[1])
    np.maximum.at(gaps, best, ascending[:, -1] - ascending[:, -2])
    return float(gaps.sum() / information.entropies(factors).sum())


@gin.configurable(
    "dcimig",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_dcimig(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
):
    """DCIMIG of a representation on ``num_train`` drawn points, those of the MIG.

    Returns:
      dict of ``dcimig``.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "dcimig")
    codes, factors = checks.check_points(
        *sampling.sample_codes(
            ground_truth_data, representation_function, num_train, random_state, batch_size
        )
    )
    return {"dcimig": score_of_bins(discretization.discretized(codes), factors)}
