"""Normalised mutual information of codes and factors (DEFT paper, equations 6 to 8).

N points, D codes, K factors. A code is made discrete by a histogram of 20 bins.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, information, sampling


def mutual_information(codes, factors, num_bins=20):
    """I(z_d; c_k) in nats, ``[D, K]``, of codes ``[N, D]`` and factors ``[N, K]``."""
    codes, factors = checks.check_points(codes, factors)
    bins = discretization.histogram_bins(codes, num_bins)
    return information.mutual_information_matrix(bins, factors)


def nmi_matrix(codes, factors, num_bins=20):
    """I(z_d; c_k) / H(c_k): ``[D, K]`` in [0, 1]; a column of 0 for a factor of one value."""
    codes, factors = checks.check_points(codes, factors)
    return nmi_of_bins(discretization.histogram_bins(codes, num_bins), factors)


def nmi_of_bins(bins, factors):
    """`nmi_matrix` of codes that are discrete already, ``[N, D]``."""
    entropies = information.entropies(factors)  # [K]
    shared = information.mutual_information_matrix(bins, factors)  # [D, K]
    return shared / np.where(entropies > 0, entropies, 1.0)


def nmi(matrix, m):
    """NMI(c, m), equation 6: the m-th largest of each column of an NMI matrix.

    Args:
      matrix: ``[D, K]``, as `nmi_matrix`.
      m: rank from 1. A rank beyond the number of codes has the value 0: a code that is not there
        knows nothing.

    Returns:
      ``[K]`` in [0, 1].
    """
    if m > len(matrix):
        return np.zeros(matrix.shape[1])
    return np.sort(matrix, axis=0)[-m]


def summary(matrix, varies):
    """NMI1 and NMI2, means over the factors that vary, with the matrix itself.

    The paper's text says "the mean" (section 5.2); its equation 8 prints a sum.

    Returns:
      dict of ``nmi1``, ``nmi2`` in [0, 1] and ``nmi_matrix``, a list of D rows of K values.
    """
    return {
        "nmi1": float(nmi(matrix, 1)[varies].mean()),
        "nmi2": float(nmi(matrix, 2)[varies].mean()),
        "nmi_matrix": matrix.tolist(),
    }


@gin.configurable(
    "mutual_information",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_mutual_information(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
):
    """NMI1, NMI2 and both matrices of a representation; the points are those of the MIG.

    Returns:
      dict of ``nmi1``, ``nmi2``, ``nmi_matrix`` and ``mutual_information_matrix`` ``[D][K]``
      (nats, the paper's figure 14b).
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "mutual_information")
    codes, factors = sampling.sample_codes(
        ground_truth_data, representation_function, num_train, random_state, batch_size
    )
    codes, factors = checks.check_points(codes, factors)
    bins = discretization.discretized(codes)
    scores = summary(nmi_of_bins(bins, factors), checks.check_varying(factors))
    shared = information.mutual_information_matrix(bins, factors)
    return {**scores, "mutual_information_matrix": shared.tolist()}
