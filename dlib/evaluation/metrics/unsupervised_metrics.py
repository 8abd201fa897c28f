"""How much the codes depend on each other; no factor is needed. N points, D codes.

Total correlation and Wasserstein correlation of the Gaussian with the codes' covariance (Locatello
et al., 2019, Challenging common assumptions), and the mutual information of pairs of codes.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, information, sampling
from dlib.utils.errors import DlibError


@gin.configurable(
    "unsupervised_metrics",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def unsupervised_metrics(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
):
    """The three scores of a representation on ``num_train`` drawn points; see `dependence`."""
    del artifact_dir
    codes, _ = sampling.sample_codes(
        ground_truth_data, representation_function, num_train, random_state, batch_size
    )
    return dependence(codes, discretization.discretized(checks.check_codes(codes)))


def dependence(codes, bins):
    """Scores of codes ``[N, D]`` and of the same made discrete, ``[N, D]``.

    Returns:
      dict of ``gaussian_total_correlation`` (nats, >= 0), ``gaussian_wasserstein_correlation``
      (squared units of the codes, >= 0), ``gaussian_wasserstein_correlation_norm``, the same over
      the total variance, and ``mutual_info_score`` (nats, >= 0), the mean over pairs of codes. All
      are 0 for independent codes, for one code, and for constant ones, which depend on nothing.

    Raises:
      DlibError: codes that are not finite, or fewer than two points.
    """
    codes = checks.check_codes(codes)
    if len(codes) < 2:
        raise DlibError("unsupervised_metrics has 1 point, expected 2 or more for a covariance")
    varying = np.any(codes != codes[0], axis=0)
    cov = np.atleast_2d(np.cov(codes, rowvar=False)) * np.outer(varying, varying)  # [D, D]
    wasserstein = gaussian_wasserstein_correlation(cov)
    total_variance = float(np.trace(cov))
    return {
        "gaussian_total_correlation": gaussian_total_correlation(cov),
        "gaussian_wasserstein_correlation": wasserstein,
        "gaussian_wasserstein_correlation_norm": (
            wasserstein / total_variance if total_variance > 0 else 0.0
        ),
        "mutual_info_score": mean_pairwise_information(bins),
    }


def gaussian_total_correlation(cov):
    """Total correlation of the Gaussian N(0, ``cov``), ``cov`` ``[D, D]``: a finite float, nats.

    KL(N(0, cov) || N(0, diag cov)) = 1/2 (sum_d log cov_dd - log det cov). Codes of variance 0 are
    left out. For codes that determine each other it is infinite; rounding usually keeps the
    determinant off 0, and where it does not, the correlation's eigenvalues are raised to the
    precision of float64, which bounds the score by about 18 nats per redundant code.
    """
    cov = np.asarray(cov, np.float64)
    live = np.diag(cov) > 0
    if not live.any():
        return 0.0
    cov = cov[np.ix_(live, live)]
    variances = np.diag(cov)
    _, log_det = np.linalg.slogdet(cov)
    if np.isfinite(log_det):
        return float(0.5 * (np.sum(np.log(variances)) - log_det))
    eigenvalues = np.linalg.eigvalsh(cov / np.sqrt(np.outer(variances, variances)))
    return float(-0.5 * np.sum(np.log(np.maximum(eigenvalues, np.finfo(np.float64).eps))))


def gaussian_wasserstein_correlation(cov):
    """Squared 2-Wasserstein distance of N(0, ``cov``) and N(0, diag ``cov``): a float >= 0.

    2 tr(C) - 2 tr((V C)^1/2) with V = diag C. V C has the eigenvalues of the symmetric
    V^1/2 C V^1/2, whose roots are added up here: the trace is real whatever the rounding, where
    the matrix square root of the reference can come out complex. Eigenvalues that rounding made
    negative count as 0.
    """
    cov = np.asarray(cov, np.float64)
    deviations = np.sqrt(np.diag(cov))
    eigenvalues = np.linalg.eigvalsh(cov * np.outer(deviations, deviations))
    return float(2 * np.trace(cov) - 2 * np.sum(np.sqrt(np.maximum(eigenvalues, 0.0))))


def mean_pairwise_information(bins):
    """Mean mutual information of two different columns of ``[N, D]``; 0 for one column."""
    num_codes = bins.shape[1]
    if num_codes == 1:
        return 0.0
    matrix = information.mutual_information_matrix(bins, bins)
    np.fill_diagonal(matrix, 0.0)
    return float(matrix.sum() / (num_codes**2 - num_codes))


def kl_gaussians_numerically_unstable(mean_0, cov_0, mean_1, cov_1, k):
    """KL(N(mean_0, cov_0) || N(mean_1, cov_1)) in k dimensions by inverse and determinants, nats.

    The textbook formula, to check `gaussian_total_correlation` against.
    """
    inverse = np.linalg.inv(cov_1)
    difference = mean_1 - mean_0
    spread = np.trace(inverse @ cov_0) + difference @ inverse @ difference
    return 0.5 * (spread - k + np.log(np.linalg.det(cov_1) / np.linalg.det(cov_0)))
