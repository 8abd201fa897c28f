"""MED, mutual information based entropy disentanglement (Cao et al., "An empirical study on
disentanglement of negative-free contrastive learning", 2022). N points, D codes, K factors.

DCI's disentanglement with mutual information in the place of importances from trees,

    R[d, k] = I(z_d; c_k) / sum_d' I(z_d'; c_k)

so nothing is fitted and it stays cheap for wide representations. Top-k MED keeps, for each
factor, the k codes that are most devoted to it.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, dci, discretization, information, sampling


def med(codes, factors, num_bins=20, top_k=None):
    """MED of codes ``[N, D]`` and factors ``[N, K]``; see `scores_of_bins`."""
    codes, factors = checks.check_points(codes, factors)
    return scores_of_bins(discretization.histogram_bins(codes, num_bins), factors, top_k)


def scores_of_bins(bins, factors, top_k=None):
    """MED of codes that are discrete already; factors with a single value are left out.

    Args:
      bins: ``[N, D]``.
      factors: ``[N, K]``.
      top_k: codes kept per factor, or None.

    Returns:
      dict of ``med`` (disentanglement) and ``med_completeness``; with ``top_k`` also
      ``top{k}_med`` and ``top{k}_med_completeness``. All in [0, 1].

    Raises:
      DlibError: no factor varies.
    """
    factors = factors[:, checks.check_varying(factors)]
    shared = information.mutual_information_matrix(bins, factors)
    totals = shared.sum(axis=0)
    importances = shared / np.where(totals > 0.0, totals, 1.0)  # [D, K]
    scores = _scores(importances, "")
    if top_k is not None:
        scores |= _scores(importances[devoted_codes(importances, top_k)], f"top{top_k}_")
    return scores


def devoted_codes(importances, top_k):
    """Indices of the ``top_k`` most disentangled codes of each factor, ascending.

    A code belongs to the factor it matters most to; codes that matter to none are not taken.
    """
    order = np.argsort(-dci.concentrations(importances), kind="stable")
    owner = importances.argmax(axis=1)
    alive = importances.max(axis=1) > 0.0
    factors = range(importances.shape[1])
    taken = [order[(owner[order] == k) & alive[order]][:top_k] for k in factors]
    return np.sort(np.concatenate(taken))


def _scores(importances, prefix):
    """Both scores of an importance matrix; without any code they are 0."""
    if len(importances) == 0:
        return {f"{prefix}med": 0.0, f"{prefix}med_completeness": 0.0}
    return {
        f"{prefix}med": dci.disentanglement(importances),
        f"{prefix}med_completeness": dci.completeness(importances),
    }


@gin.configurable(
    "med",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_med(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    batch_size=16,
    top_k=None,
):
    """MED of a representation on ``num_train`` drawn points, those of the MIG."""
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "med")
    codes, factors = checks.check_points(
        *sampling.sample_codes(
            ground_truth_data, representation_function, num_train, random_state, batch_size
        )
    )
    return scores_of_bins(discretization.discretized(codes), factors, top_k)
