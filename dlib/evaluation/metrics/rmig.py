"""RMIG, the robust mutual information gap (Do and Tran, "Theory and evaluation metrics for
learning disentangled representations", 2020). N points, D codes, K factors, B bins.

    RMIG_k = I(z_1; c_k) - I(z_2; c_k)

It is MIG with another estimate of I: not the code's value is counted but the whole posterior
q(z_d | x_n), over equal bins s of a fixed range of the prior,

    q(s, c) = 1/N sum_n q(s | x_n) [c_n = c]

so that a code of large variance is not taken for an informative one, and nothing depends on the
extremes of the drawn codes.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, information, sampling
from dlib.utils.errors import DlibError

NUM_BINS = 100
RANGE = (-4.0, 4.0)


def rmig(mean, factors, logvar=None, num_bins=NUM_BINS, value_range=RANGE):
    """RMIG of posteriors N(mean, exp(logvar)) and factors.

    Args:
      mean: ``[N, D]`` means of q(z | x_n).
      factors: ``[N, K]``.
      logvar: ``[N, D]`` logarithms of its variances; None for codes without width (drawn ones).
      num_bins: B, bins of equal width over ``value_range``.
      value_range: lowest and highest edge; mass beyond it counts to the outermost bins.

    Returns:
      dict, means over the factors that vary: ``rmig`` in nats, 0 to the mean of H(c_k), and
      ``rmig_normalized``, the mean of RMIG_k / H(c_k), in [0, 1]. Both are 0 when two codes know
      each factor equally well.

    Raises:
      DlibError: values that are not finite, arrays of different shapes, or no factor that varies.
    """
    mean, factors = checks.check_points(mean, factors)
    factors = factors[:, checks.check_varying(factors)]
    if logvar is not None and np.shape(logvar) != mean.shape:
        raise DlibError(
            f"mean and logvar have shapes {list(mean.shape)} and {list(np.shape(logvar))}, "
            "expected the same"
        )
    edges = np.linspace(*value_range, num_bins + 1)
    logvar = None if logvar is None else checks.check_codes(logvar)
    shared = _posterior_information(mean, logvar, factors, edges)  # [D, K]
    gaps = _gaps(shared)
    return {
        "rmig": float(gaps.mean()),
        "rmig_normalized": float(np.mean(gaps / information.entropies(factors))),
    }


def _gaps(shared):
    """Largest minus second largest of each column of ``[D, K]``; a missing code knows nothing."""
    ascending = np.sort(np.pad(shared, [(1, 0), (0, 0)]), axis=0)
    return ascending[-1] - ascending[-2]


def _posterior_information(mean, logvar, factors, edges):
    """I(z_d; c_k) in nats, ``[D, K]``."""
    labels, sizes = information.value_indices(factors)
    shared = np.empty([mean.shape[1], factors.shape[1]])
    for d in range(mean.shape[1]):
        mass = _bin_mass(mean[:, d], None if logvar is None else logvar[:, d], edges)  # [N, B]
        for k, size in enumerate(sizes):
            joint = np.zeros([size, mass.shape[1]])
            np.add.at(joint, labels[:, k], mass)
            shared[d, k] = _information(joint / len(mean))
    return shared


def _bin_mass(mean, logvar, edges):
    """Probability of each bin under N(mean, exp(logvar)): ``[N, B]``, rows sum to 1."""
    inner = edges[1:-1]
    if logvar is None:
        return np.eye(len(edges) - 1)[np.searchsorted(inner, mean, side="right")]
    from scipy.special import ndtr

    below = ndtr((inner - mean[:, None]) * np.exp(-0.5 * logvar[:, None]))  # [N, B - 1]
    return np.diff(below, axis=1, prepend=0.0, append=1.0)


def _information(joint):
    """Mutual information in nats of a joint distribution ``[C, B]``."""
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    inside = joint > 0.0
    terms = joint[inside] * np.log(joint[inside] / product[inside])
    return max(float(terms.sum()), 0.0)


@gin.configurable(
    "rmig",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_rmig(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
    num_bins=NUM_BINS,
    value_range=RANGE,
):
    """RMIG of a representation on ``num_train`` drawn points; see `rmig` for the result.

    A representation gives codes, not posteriors. The ``sampled`` one draws them from q(z | x_n),
    so its histogram estimates the same q(s, c); the ``mean`` one takes the posteriors as points.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "rmig")
    codes, factors = sampling.sample_codes(
        ground_truth_data, representation_function, num_train, random_state, batch_size
    )
    return rmig(codes, factors, num_bins=num_bins, value_range=value_range)
