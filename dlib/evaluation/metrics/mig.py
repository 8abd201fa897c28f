"""Mutual information gap (Chen et al., 2018; DEFT paper, equation 7). N points, D codes, K factors.

MIG = 1/K sum_k (I(z_1; c_k) - I(z_2; c_k)) / H(c_k), z_1 and z_2 the two codes that know most
about factor c_k.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, sampling
from dlib.evaluation.metrics import mutual_information as mi


def mig(codes, factors, num_bins=20):
    """MIG of codes ``[N, D]`` and factors ``[N, K]``.

    Returns:
      a float in [0, 1]: 1 when each factor is known by one code alone; 0 when two codes know each
      factor equally well. Factors of a single value are left out of the mean; with one code only,
      the second best is 0.

    Raises:
      DlibError: codes that are not finite, or no factor that varies.
    """
    matrix = mi.nmi_matrix(codes, factors, num_bins)
    return gap(matrix, checks.check_varying(np.asarray(factors)))


def gap(matrix, varies):
    """Equation 7 from an NMI matrix ``[D, K]``, over the factors that vary (bool ``[K]``)."""
    return float((mi.nmi(matrix, 1) - mi.nmi(matrix, 2))[varies].mean())


@gin.configurable(
    "mig",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_mig(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
):
    """MIG of a representation on ``num_train`` drawn points.

    Returns:
      dict of ``discrete_mig``; ``nmi1``, ``nmi2`` (means over the factors, as the paper's text
      says; its equation 8 prints a sum) and ``nmi_matrix`` ``[D][K]`` besides.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "mig")
    codes, factors = sampling.sample_codes(
        ground_truth_data, representation_function, num_train, random_state, batch_size
    )
    return scores_of_points(codes, factors)


def scores_of_points(codes, factors):
    """The result of `compute_mig` for given points ``[N, D]``, ``[N, K]``."""
    codes, factors = checks.check_points(codes, factors)
    matrix = mi.nmi_of_bins(discretization.discretized(codes), factors)
    varies = checks.check_varying(factors)
    return {"discrete_mig": gap(matrix, varies), **mi.summary(matrix, varies)}


def _compute_mig(mus_train, ys_train):
    """The reference's helper: codes ``[D, N]``, factors ``[K, N]``."""
    return scores_of_points(mus_train.T, ys_train.T)


def __getattr__(name):
    """The reference keeps the form for given observations here; it is made of this module."""
    if name == "compute_mig_on_fixed_data":
        from dlib.evaluation.metrics import validation_forms

        return validation_forms.compute_mig_on_fixed_data
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
