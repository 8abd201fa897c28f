"""Interventional robustness (Suter et al., 2019, Robustly disentangled causal mechanisms).

N points, D codes, K factors. A code is robust if fixing one factor, its parent, fixes the code
whatever the other factors do: the score of code d and factor k is 1 minus how far the code still
strays from its conditional mean, in units of how far it strays from its mean at all.
"""

from typing import NamedTuple

import gin
import numpy as np

from dlib.evaluation.metrics import checks, discretization, sampling

NO_PARENT = -1


class Robustness(NamedTuple):
    """Interventional robustness of D codes; 0 and `NO_PARENT` for a code that is constant.

    Entries are at most 1. Below 0 a code strays further from a conditional mean than from its mean,
    which a few outliers among many equal values can do.
    """

    matrix: np.ndarray  # [D, K], the robustness of code d if factor k is fixed
    scores: np.ndarray  # [D], the greatest of each row
    parents: np.ndarray  # int [D], its factor; the first among equals
    max_deviations: np.ndarray  # [D], weights of the mean score, in units of the code

    @property
    def mean_score(self):
        """IRS: mean of the scores weighted by the deviations; 0 if every code is constant."""
        total = self.max_deviations.sum()
        return float(self.scores @ self.max_deviations / total) if total > 0 else 0.0


@gin.configurable(
    "irs",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_irs(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    diff_quantile=0.99,
    num_train=gin.REQUIRED,
    batch_size=gin.REQUIRED,
):
    """IRS of a representation; factors go through the discretizer, as in the reference.

    Args:
      ground_truth_data: data with at least one factor.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: unused.
      diff_quantile: quantile of the deviations that counts as the worst (1 in the paper).
      num_train: N.
      batch_size: points drawn together.

    Returns:
      dict of ``IRS``, at most 1, ``num_active_dims``, the number of codes that are not constant
      (the reference adds up their values), and for each code ``vir``, its own score, ``parents``,
      its factor or -1, and ``irs_matrix`` ``[D][K]``.
    """
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "irs")
    codes, factors = sampling.sample_codes(
        ground_truth_data, representation_function, num_train, random_state, batch_size
    )
    codes, factors = checks.check_points(codes, factors)
    result = robustness(codes, discretization.discretized(factors), diff_quantile)
    return {
        "IRS": result.mean_score,
        "num_active_dims": int(active_codes(codes).sum()),
        "vir": result.scores.tolist(),
        "parents": result.parents.tolist(),
        "irs_matrix": result.matrix.tolist(),
    }


def irs(codes, factors, diff_quantile=0.99):
    """IRS of codes ``[N, D]`` and discrete factors ``[N, K]``: a float, at most 1.

    1 if a factor fixes each code; near 0 if none restricts any. A representation of constant codes
    has 0.
    """
    return robustness(codes, factors, diff_quantile).mean_score


def robustness(codes, factors, diff_quantile=0.99):
    """`Robustness` of codes ``[N, D]`` and discrete factors ``[N, K]``.

    Raises:
      DlibError: arrays of the wrong shape or with values that are not finite.
    """
    codes, factors = checks.check_points(codes, factors)
    active = active_codes(codes)
    matrix = np.zeros([codes.shape[1], factors.shape[1]])
    max_deviations = np.zeros(codes.shape[1])
    if active.any():
        live = codes[:, active]
        max_deviations[active] = np.max(np.abs(live - live.mean(axis=0)), axis=0)
        worst = [mean_worst_deviation(live, factor, diff_quantile) for factor in factors.T]
        matrix[active] = 1.0 - np.stack(worst, axis=1) / max_deviations[active, None]
    scores = matrix.max(axis=1)
    parents = np.where(active, matrix.argmax(axis=1), NO_PARENT)
    return Robustness(matrix, scores, parents, max_deviations)


def mean_worst_deviation(codes, factor, diff_quantile):
    """Mean over the values of ``factor`` ``[N]`` of the greatest deviation within: ``[D]``.

    The greatest is the ``diff_quantile`` quantile of the distances of codes ``[N, D]`` from the
    mean of the points that share the value.
    """
    worst = [
        np.quantile(np.abs(group - group.mean(axis=0)), diff_quantile, axis=0)
        for group in groups(codes, factor)
    ]
    return np.mean(worst, axis=0)


def groups(codes, factor):
    """The rows of ``codes`` that share a value of ``factor`` ``[N]``, by ascending value."""
    order = np.argsort(factor, kind="stable")
    _, starts = np.unique(factor[order], return_index=True)
    return np.split(codes[order], starts[1:])


def active_codes(codes):
    """Which codes ``[N, D]`` are not constant: bool ``[D]``."""
    return np.any(codes != codes[0], axis=0)


def scalable_disentanglement_score(gen_factors, latents, diff_quantile=0.99):
    """The reference's helper: factors ``[N, K]``, codes ``[N, D]`` -> dict of arrays."""
    result = robustness(latents, gen_factors, diff_quantile)
    return {
        "disentanglement_scores": result.scores,
        "avg_score": result.mean_score,
        "parents": result.parents,
        "IRS_matrix": result.matrix,
        "max_deviations": result.max_deviations,
    }


def _drop_constant_dims(ys):
    """The reference's helper: the rows of ``[D, N]`` that are not constant."""
    ys = np.asarray(ys)
    if ys.ndim != 2:
        raise ValueError(f"expected a matrix, got {ys.ndim} dimensions")
    return ys[active_codes(ys.T)]
