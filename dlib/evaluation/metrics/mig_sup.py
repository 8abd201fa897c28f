"""MIG-sup (Li et al., "Progressive learning and disentanglement of hierarchical representations",
2020). N points, D codes, K factors.

The gap of MIG, taken the other way round: of each code between the two factors it knows most of.

    MIG-sup = 1/J sum_d (I(z_d; c_1) / H(c_1) - I(z_d; c_2) / H(c_2))

over the J active codes. As in the authors' code, a code is active whose mean has a variance above
0.01 over the data (that of the prior is 1). MIG punishes a factor spread over codes, MIG-sup a code
shared by factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, sampling
from dlib.evaluation.metrics import mutual_information as mi

ACTIVE_VARIANCE = 0.01


def mig_sup(codes, factors, num_bins=20, min_variance=ACTIVE_VARIANCE):
    """MIG-sup of codes ``[N, D]`` and factors ``[N, K]``.

    Args:
      codes: ``[N, D]``, in the units of the prior.
      factors: ``[N, K]``.
      num_bins: bins of the histograms.
      min_variance: variance over the points that an active code exceeds. 0 counts all codes that
        are not constant; None all codes, the constant ones with a gap of 0.

    Returns:
      a float in [0, 1]: 1 when each code knows one factor in full and no other; duplicates keep
      it at 1, and 0 stands for no active code. With a single factor that varies, the second best
      is 0.

    Raises:
      DlibError: codes that are not finite, or no factor that varies.
    """
    codes, factors = checks.check_points(codes, factors)
    matrix = mi.nmi_matrix(codes, factors, num_bins)[:, checks.check_varying(factors)]
    return gap(matrix[active_codes(codes, min_variance)])


def active_codes(codes, min_variance):
    """Which codes of ``[N, D]`` are counted, bool ``[D]``."""
    if min_variance is None:
        return np.ones(codes.shape[1], bool)
    varies = np.any(codes != codes[0], axis=0)  # rounding can give a constant code a variance
    return varies & (np.var(codes, axis=0, dtype=np.float64) > min_variance)


def gap(matrix):
    """MIG-sup from the rows of an NMI matrix that count, ``[J, K]``; 0 if there is none."""
    if len(matrix) == 0:
        return 0.0
    return float((mi.nmi(matrix.T, 1) - mi.nmi(matrix.T, 2)).mean())


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
    min_variance=ACTIVE_VARIANCE,
):
    """MIG-sup of a representation on ``num_train`` drawn points, those of the MIG.

    Returns:
      dict of ``mig_sup`` (see there for ``min_variance``) and ``num_active_dims`` (J).
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
    active = active_codes(codes, min_variance)
    return {"mig_sup": gap(matrix[active]), "num_active_dims": int(active.sum())}
