"""The KL of a Gaussian encoder split in three (Chen et al., 2018; DEFT paper, figure 7a).

    KL(q(z|x) || p(z)) = I(x; z)  +  KL(q(z) || prod_d q(z_d))  +  sum_d KL(q(z_d) || p(z_d))
                         mutual      total correlation              dimension-wise KL
                         information

averaged over N points, with q(z) = 1/N sum_n q(z | x_n) the aggregate posterior and p(z) the
standard normal. N points, D codes; everything in nats.
"""

import numpy as np

from dlib.evaluation.metrics import checks
from dlib.utils.errors import DlibError

LOG_2_PI = np.log(2 * np.pi)
CHUNK_BYTES = 1 << 18  # of a [B, N] table of float64; a few of them stay in the cache


def kl_decomposition(mean, logvar, random_state=None, samples=None, num_samples=None):
    """Mutual information, total correlation and dimension-wise KL of N encoded points.

    q(z) and q(z_d) are summed over all N points, the one that a sample comes from included. The
    estimate of I(x; z) therefore cannot exceed log N.

    Args:
      mean: ``[N, D]`` means of q(z | x_n).
      logvar: ``[N, D]`` logarithms of its variances.
      random_state: draws the samples, by ``randn(S, D)``, where none are given.
      samples: ``[S, D]``, one z for each of the first S <= N points.
      num_samples: S, where samples are drawn; by default N. What is averaged, and the time, are
        proportional to it; the aggregate posterior is always that of all N points.

    Returns:
      dict of ``mutual_information`` (in [0, log N] up to sampling noise), ``total_correlation``
      and ``dimension_wise_kl``, whose sum is ``kl``, the KL estimated on the same samples;
      ``kl_closed_form`` is its exact value.

    Raises:
      DlibError: arrays of different shapes, values that are not finite, neither samples nor
        random_state.
    """
    mean, logvar = (checks.check_codes(np.asarray(a, np.float64)) for a in (mean, logvar))
    if samples is None:
        if random_state is None:
            raise DlibError("kl_decomposition has no samples; give them or a random_state")
        first = slice(num_samples)
        deviation = np.exp(0.5 * logvar[first])
        samples = mean[first] + deviation * random_state.randn(*deviation.shape)
    samples = checks.check_codes(np.asarray(samples, np.float64))
    first = slice(len(samples))
    if mean.shape != logvar.shape or mean[first].shape != samples.shape:
        shapes = [list(a.shape) for a in (mean, logvar, samples)]
        raise DlibError(
            f"mean, logvar and samples have shapes {shapes}, expected the same, or fewer samples"
        )
    log_conditional = _log_normal(samples, mean[first], logvar[first]).sum(axis=1)
    log_prior = _log_normal(samples, 0.0, 0.0).sum(axis=1)  # log p(z_n), [S]
    log_joint, log_marginals = log_aggregate(samples, mean, logvar)  # [S], [S, D]
    log_product = log_marginals.sum(axis=1)
    exact = 0.5 * (mean**2 + np.exp(logvar) - 1.0 - logvar).sum(axis=1)
    return {
        "mutual_information": float(np.mean(log_conditional - log_joint)),
        "total_correlation": float(np.mean(log_joint - log_product)),
        "dimension_wise_kl": float(np.mean(log_product - log_prior)),
        "kl": float(np.mean(log_conditional - log_prior)),
        "kl_closed_form": float(np.mean(exact)),
    }


def log_aggregate(samples, mean, logvar):
    """log q(z) ``[S]`` and log q(z_d) ``[S, D]`` of samples ``[S, D]``, a chunk at a time."""
    joint, marginals = np.empty(len(samples)), np.empty(samples.shape)
    rows = max(1, CHUNK_BYTES // (8 * len(mean)))
    for start in range(0, len(samples), rows):
        part = slice(start, start + rows)
        total = 0.0
        for d in range(samples.shape[1]):
            density = _log_normal(samples[part, d, None], mean[:, d], logvar[:, d])  # [B, N]
            total = total + density
            marginals[part, d] = _log_mean_exp(density)
        joint[part] = _log_mean_exp(total)
    return joint, marginals


def _log_normal(z, mean, logvar):
    """log N(z; mean, exp(logvar)), elementwise."""
    return -0.5 * ((z - mean) ** 2 * np.exp(-logvar) + logvar + LOG_2_PI)


def _log_mean_exp(values):
    """log of the mean of exp over the last axis, ``[B, N]`` -> ``[B]``.

    Relative to the largest, exponentials in float32 are four times as fast and exact to 1e-7.
    """
    largest = values.max(axis=1, keepdims=True)
    shares = np.exp((values - largest).astype(np.float32))
    return largest[:, 0] + np.log(np.mean(shares, axis=1, dtype=np.float64))
