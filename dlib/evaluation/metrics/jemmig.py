"""JEMMIG (Do and Tran, "Theory and evaluation metrics for learning disentangled representations",
2020). N points, D codes, K factors.

The joint entropy minus the mutual information gap, of each factor k with the two codes that know
most about it:

    JEMMIG_k = H(z_1, c_k) - I(z_1; c_k) + I(z_2; c_k)

Beside the gap it asks that the code knows nothing but its factor: H(z_1, c_k) - I(z_1; c_k) is
H(z_1 | c_k) + H(c_k | z_1), 0 only if code and factor determine each other.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, information, sampling


def jemmig(codes, factors, num_bins=20):
    """JEMMIG of codes ``[N, D]`` and factors ``[N, K]``, means over the factors that vary.

    Args:
      codes: ``[N, D]``, made discrete by histograms of ``num_bins`` bins.
      factors: ``[N, K]``.
      num_bins: B.

    Returns:
      dict of ``jemmig`` in nats, 0 (best) to the mean of H(c_k) + log B, and
      ``jemmig_normalized``, the mean of 1 - JEMMIG_k / (H(c_k) + log B), in [0, 1] (1 best).

    Raises:
      DlibError: codes that are not finite, or no factor that varies.
    """
    codes, factors = checks.check_points(codes, factors)
    factors = factors[:, checks.check_varying(factors)]
    bins = discretization.histogram_bins(codes, num_bins)
    values = jemmig_of_bins(bins, factors)
    largest = information.entropies(factors) + np.log(num_bins)
    return {
        "jemmig": float(values.mean()),
        "jemmig_normalized": float(np.mean(1.0 - values / largest)),
    }


def jemmig_of_bins(bins, factors):
    """JEMMIG_k of discrete codes ``[N, D]``: ``[K]`` nats. A missing second code knows nothing."""
    shared = information.mutual_information_matrix(bins, factors)  # [D, K]
    joint = information.entropies(bins)[:, None] + information.entropies(factors) - shared
    best = shared.argmax(axis=0)  # [K]
    second = np.sort(np.pad(shared, [(1, 0), (0, 0)]), axis=0)[-2]
    every = np.arange(len(best))
    return joint[best, every] - shared[best, every] + second


@gin.configurable(
    "jemmig",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_jemmig(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
    num_bins=20,
):
    """JEMMIG of a representation on ``num_train`` drawn points; see `jemmig` for the result."""
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "jemmig")
    points = sampling.sample_codes(
        ground_truth_data, representation_function, num_train, random_state, batch_size
    )
    return jemmig(*points, num_bins)
