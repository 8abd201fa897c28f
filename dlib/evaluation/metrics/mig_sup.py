"""MIG-sup (Li et al., "Progressive learning and disentanglement of hierarchical representations",
2020). N points, D codes, K factors.

The gap of MIG, taken the other way round: of each code between the two factors it knows most of.

    MIG-sup = 1/J sum_d (I(z_d; c_1) / H(c_1) - I(z_d; c_2) / H(c_2))

over the J codes that carry information. MIG punishes a factor spread over codes, MIG-sup a code
shared by factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, sampling
from dlib.evaluation.metrics import mutual_information as mi


def mig_sup(codes, factors, num_bins=20):
    """MIG-sup of codes ``[N, D]`` and factors ``[N, K]``.

    Returns:
      a float in [0, 1]: 1 when each code knows one factor in full and no other; duplicates keep
      it at 1, constant codes are left out, and 0 stands for constant codes only. With a single
      factor that varies, the second best is 0.

    Raises:
      DlibError: codes that are not finite, or no factor that varies.
    """
    varies = checks.check_varying(checks.check_points(codes, factors)[1])
    return gap(mi.nmi_matrix(codes, factors, num_bins)[:, varies])


def gap(matrix):
    """MIG-sup from an NMI matrix ``[D, K]`` of factors that vary."""
    informed = matrix[matrix.max(axis=1) > 0.0]  # [J, K]
    if len(informed) == 0:
        return 0.0
    return float((mi.nmi(informed.T, 1) - mi.nmi(informed.T, 2)).mean())


@gin.configurable(
    "mig_sup",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_mig_sup(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
):
    """MIG-sup of a representation on ``num_train`` drawn points, those of the MIG.

    Returns:
      dict of ``mig_sup`` and ``num_informed_codes`` (J).
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "mig_sup")
    codes, factors = checks.check_points(
        *sampling.sample_codes(
            ground_truth_data, representation_function, num_train, random_state, batch_size
        )
    )
    varies = checks.check_varying(factors)
    matrix = mi.nmi_of_bins(discretization.discretized(codes), factors)[:, varies]
    return {"mig_sup": gap(matrix), "num_informed_codes": int(np.sum(matrix.max(axis=1) > 0.0))}
