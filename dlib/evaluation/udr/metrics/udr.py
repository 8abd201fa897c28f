"""Unsupervised disentanglement ranking (Duan et al., 2020, Unsupervised model selection).

Disentangled models of the same data resemble each other up to permutation and sign, entangled ones
do not; so a model is ranked by how one-to-one its latents relate to those of other models.
M models, N points, D latents (each model its own number).
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks
from dlib.utils.errors import DlibError

LASSO_STRENGTH = 0.1


@gin.configurable(
    "udr_sklearn", denylist=["ground_truth_data", "representation_functions", "random_state"]
)
def compute_udr_sklearn(
    ground_truth_data,
    representation_functions,
    random_state,
    batch_size,
    num_data_points,
    correlation_matrix="lasso",
    filter_low_kl=True,
    include_raw_correlations=True,
    kl_filter_threshold=0.01,
):
    """UDR of several models on points that all of them see.

    Args:
      ground_truth_data: data; its factors are not looked at.
      representation_functions: one per model, two or more: observations ``[n, ...]`` -> latents
        ``[n, D]`` and the mean KL divergence of each latent over these ``n``, ``[D]`` nats.
      random_state: the stream of all draws.
      batch_size: observations drawn and encoded together.
      num_data_points: N; the last batch is smaller if N is not a multiple (the reference refuses).
      correlation_matrix: "lasso" or "spearman".
      filter_low_kl: leave latents that carry no information out of the scores; otherwise they
        count as related to nothing.
      include_raw_correlations: whether the matrices are part of the result.
      kl_filter_threshold: latents with a mean KL up to this carry no information, nats.

    Returns:
      dict of ``model_scores``, M floats, the median of each model's scores with the others (1 if
      they agree one to one, near 0 if every latent relates to every other or none carries any
      information); ``pairwise_disentanglement_scores`` ``[M][M][1]``, 0 on the diagonal; and
      ``raw_correlations`` ``[M][M][D_i][D_j]``, zeros on the diagonal.

    Raises:
      DlibError: fewer than two models, no point, an unknown kind of matrix, or latents or
        divergences that are not finite.
    """
    relate = _relations().get(correlation_matrix)
    if relate is None:
        raise DlibError(
            f"udr_sklearn.correlation_matrix is {correlation_matrix!r}, expected one of "
            f"{list(_relations())}"
        )
    if len(representation_functions) < 2:
        raise DlibError(
            f"udr_sklearn has {len(representation_functions)} model, expected two or more to "
            "compare"
        )
    latents, divergences = encode_models(
        ground_truth_data, representation_functions, num_data_points, batch_size, random_state
    )
    informative = [kl > kl_filter_threshold for kl in divergences]
    latents = [_standardized(z) * mask for z, mask in zip(latents, informative, strict=True)]
    correlations = relate(latents)
    scored = informative if filter_low_kl else [np.ones_like(mask) for mask in informative]
    pairwise = pairwise_scores(correlations, scored)
    raw = {"raw_correlations": [[matrix.tolist() for matrix in row] for row in correlations]}
    return {
        **(raw if include_raw_correlations else {}),
        "pairwise_disentanglement_scores": pairwise[..., None].tolist(),
        "model_scores": model_scores(pairwise).tolist(),
    }


def encode_models(
    ground_truth_data, representation_functions, num_points, batch_size, random_state
):
    """Latents ``[N, D]`` and mean divergences ``[D]`` of each model on the same drawn points."""
    if min(num_points, batch_size) < 1:
        raise DlibError(
            f"udr_sklearn has num_data_points {num_points} and batch_size {batch_size}, expected "
            "at least 1"
        )
    latents = [[] for _ in representation_functions]
    divergences = [0.0 for _ in representation_functions]
    for start in range(0, num_points, batch_size):
        number = min(batch_size, num_points - start)
        observations = ground_truth_data.sample_observations(number, random_state)
        for i, function in enumerate(representation_functions):
            codes, kl = function(observations)
            latents[i].append(codes)
            divergences[i] = divergences[i] + np.asarray(kl, np.float64) * number / num_points
    latents = [checks.check_codes(np.concatenate(parts)) for parts in latents]
    for i, kl in enumerate(divergences):
        if not np.isfinite(kl).all():
            raise DlibError(
                f"model {i} has latents whose KL divergence is not finite; leave this model out: "
                "it has probably diverged"
            )
    return latents, divergences


def pairwise_scores(correlations, masks):
    """`relative_strength_disentanglement` of every pair: ``[M, M]``, 0 on the diagonal.

    Args:
      correlations: M rows of M matrices ``[D_i, D_j]``.
      masks: M bool ``[D]``, the latents that count.
    """
    scores = np.zeros([len(masks), len(masks)])
    for i, j in np.ndindex(*scores.shape):
        if i != j:
            matrix = correlations[i][j][np.ix_(masks[i], masks[j])]
            scores[i, j] = relative_strength_disentanglement(matrix)
    return scores


def model_scores(pairwise):
    """Median of each column of ``[M, M]`` without its diagonal: ``[M]``."""
    return np.array([np.median(np.delete(column, i)) for i, column in enumerate(pairwise.T)])


def relative_strength_disentanglement(corr_matrix):
    """How one-to-one a matrix ``[D, E]`` of non-negative relations is: a float >= 0.

    Mean of max^2 / sum over columns, and over rows, averaged. A line of zeros counts as 0, and so
    does a matrix without entries.
    """
    if np.size(corr_matrix) == 0:
        return 0.0
    return float(np.mean([_mean_strength(corr_matrix, axis) for axis in (0, 1)]))


def _mean_strength(matrix, axis):
    total = matrix.sum(axis=axis)
    return np.mean(matrix.max(axis=axis) ** 2 / np.where(total > 0, total, 1.0))


def spearman_correlation_conv(vec1, vec2):
    """Absolute rank correlations ``[D, E]`` of ``[N, D]`` and ``[N, E]``; 0 for constants."""
    from scipy.stats import rankdata

    first, second = (_standardized(rankdata(codes, axis=0)) for codes in (vec1, vec2))
    return np.abs(first.T @ second) / len(first)


def lasso_correlation_matrix(vec1, vec2, random_state=None):
    """Absolute weights ``[D, E]`` of Lasso regressions that predict ``[N, E]`` from ``[N, D]``.

    ``random_state`` is taken for the reference's sake: coordinates are visited in their order.
    """
    from sklearn.linear_model import Lasso

    del random_state
    weights = Lasso(alpha=LASSO_STRENGTH).fit(vec1, vec2).coef_
    return np.abs(np.reshape(weights, [-1, np.shape(vec1)[1]])).T


def _relations():
    return {"lasso": _lasso_of_all, "spearman": _spearman_of_all}


def _lasso_of_all(latents):
    """One regression per model, onto the latents of all others at once."""
    return [
        _by_model(lasso_correlation_matrix(z, _others(latents, i)), latents, i)
        for i, z in enumerate(latents)
    ]


def _spearman_of_all(latents):
    return [
        _by_model(spearman_correlation_conv(z, _others(latents, i)), latents, i)
        for i, z in enumerate(latents)
    ]


def _others(latents, i):
    return np.concatenate([z for j, z in enumerate(latents) if j != i], axis=1)


def _by_model(matrix, latents, i):
    """Columns of ``[D_i, sum of D_j]`` by model, with zeros in the place of model i itself."""
    sizes = [z.shape[1] for j, z in enumerate(latents) if j != i]
    parts = np.split(matrix, np.cumsum(sizes)[:-1], axis=1)
    return [*parts[:i], np.zeros([len(matrix)] * 2), *parts[i:]]


def _standardized(codes):
    """Columns of ``[N, D]`` in standard deviations from their mean; a constant column becomes 0."""
    codes = np.asarray(codes, np.float64)
    varies = np.any(codes != codes[0], axis=0)
    deviation = np.where(varies, codes.std(axis=0), 1.0)
    return (codes - codes.mean(axis=0)) / deviation * varies
