"""Statistics of scores: arrays in, numbers out.

Intervals hold 95 % unless said otherwise; bootstrap intervals are percentile intervals. R
replicates of the bootstrap, N scores.

The aggregates are those of Agarwal et al. (2021). Their library, rliable, takes a matrix of runs by
tasks for each method; here data sets have different numbers of runs, and runs may lack a score.
"""

import numpy as np

CONFIDENCE = 0.95
REPLICATES = 2000


def interquartile_mean(scores, axis=-1):
    """Mean of the middle half: a quarter of the scores, rounded down, is cut at each end."""
    scores = np.sort(np.asarray(scores, np.float64), axis=axis)
    count = scores.shape[axis]
    cut = count // 4
    return np.take(scores, range(cut, count - cut), axis=axis).mean(axis=axis)


def wilson_interval(share, count, confidence=CONFIDENCE):
    """Wilson's score interval of a share.

    Args:
      share: observed, in [0, 1].
      count: trials behind it; need not be whole (an effective number).
      confidence: in (0, 1).

    Returns:
      low and high, in [0, 1].
    """
    from scipy import special

    z = special.ndtri(0.5 + confidence / 2)
    center = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return float(max(center - half, 0.0)), float(min(center + half, 1.0))


def effective_count(counts):
    """How many trials of one experiment vary as little as the plain mean of several shares.

    The mean of S shares of ``n_s`` trials with one probability p has the variance
    ``p (1 - p) sum(1 / n_s) / S^2``: that of ``S^2 / sum(1 / n_s)`` trials. With equal counts that
    is their sum.
    """
    counts = np.asarray(counts, np.float64)
    return float(len(counts) ** 2 / np.sum(1 / counts))


def bootstrap_interval(
    scores, statistic, random_state, confidence=CONFIDENCE, replicates=REPLICATES
):
    """Bootstrap interval of a statistic of N scores.

    Args:
      scores: ``[N]``.
      statistic: takes ``[..., N]`` and ``axis``.
      random_state: numpy's ``RandomState``; what is resampled comes from it.
      confidence: in (0, 1).
      replicates: R.

    Returns:
      low and high; NaN where there are fewer than two scores.
    """
    return stratified_bootstrap_interval(
        [scores],
        lambda samples: statistic(samples[0], axis=-1),
        random_state,
        confidence,
        replicates,
    )


def stratified_bootstrap_interval(
    strata, statistic, random_state, confidence=CONFIDENCE, replicates=REPLICATES
):
    """Bootstrap interval of a statistic of several samples, each resampled by itself.

    Args:
      strata: a list of ``[N_s]``.
      statistic: takes a list of ``[R, N_s]``, gives ``[R]``.
      random_state: numpy's ``RandomState``.
      confidence: in (0, 1).
      replicates: R.

    Returns:
      low and high; NaN where no stratum has two scores, as nothing then varies.
    """
    strata = [np.asarray(scores, np.float64) for scores in strata]
    if all(len(scores) < 2 for scores in strata):
        return float("nan"), float("nan")
    samples = [
        scores[random_state.randint(len(scores), size=(replicates, len(scores)))]
        for scores in strata
    ]
    tail = (1 - confidence) / 2
    low, high = np.quantile(statistic(samples), [tail, 1 - tail])
    return float(low), float(high)


def probability_of_improvement(ours, theirs):
    """The probability that a score of ours is above one of theirs; a tie counts half.

    That is Mann and Whitney's U of ``[N]`` scores against ``[M]``, divided by N M.
    """
    return float(_comparisons(np.asarray(ours), np.asarray(theirs)).mean())


def improvement_interval(pairs, random_state, confidence=CONFIDENCE, replicates=REPLICATES):
    """Bootstrap interval of the mean probability of improvement over data sets.

    Both sides of each pair are resampled by themselves. A replicate weighs each score by how often
    it was drawn, so the probability is a bilinear form of the comparisons.

    Args:
      pairs: a list of ``(ours [N], theirs [M])``, one for each data set.
      random_state: numpy's ``RandomState``.
      confidence: in (0, 1).
      replicates: R.

    Returns:
      low and high; NaN where no side has two scores.
    """
    if all(len(scores) < 2 for pair in pairs for scores in pair):
        return float("nan"), float("nan")
    total = np.zeros(replicates)
    for ours, theirs in pairs:
        better = _comparisons(np.asarray(ours), np.asarray(theirs))  # [N, M]
        left, right = (_weights(count, replicates, random_state) for count in better.shape)
        total += ((left @ better) * right).sum(axis=1)  # [R, N] [N, M] * [R, M] -> [R]
    tail = (1 - confidence) / 2
    low, high = np.quantile(total / len(pairs), [tail, 1 - tail])
    return float(low), float(high)


def _weights(count, replicates, random_state):
    """How often each of ``count`` scores is drawn, as shares: ``[R, count]``."""
    drawn = random_state.randint(count, size=(replicates, count))
    drawn += count * np.arange(replicates)[:, None]  # each replicate counts in its own row
    counts = np.bincount(drawn.ravel(), minlength=replicates * count)
    return counts.reshape(replicates, count) / count


def _comparisons(ours, theirs):
    return (np.sign(ours[:, None] - theirs[None, :]) + 1) / 2


def mann_whitney(ours, theirs):
    """P-value of the two-sided Mann-Whitney test; NaN with fewer than two scores on a side."""
    from scipy import stats

    if min(len(ours), len(theirs)) < 2:
        return float("nan")
    return float(stats.mannwhitneyu(ours, theirs, alternative="two-sided").pvalue)


def holm(p_values):
    """P-values adjusted by Holm's step-down procedure; NaN stays and does not count.

    Args:
      p_values: ``[M]``.

    Returns:
      ``[M]``: the smallest times M, the next times M - 1, ..., never falling, at most 1.
    """
    p_values = np.asarray(p_values, np.float64)
    adjusted = np.full_like(p_values, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted


def rank_correlation(first, second):
    """Spearman's rank correlation of the runs that have both scores.

    Args:
      first, second: ``[N]`` with NaN where a run has no score.

    Returns:
      the correlation, NaN where fewer than three runs have both or one score never varies; and
      the number of runs.
    """
    from scipy import stats

    both = ~(np.isnan(first) | np.isnan(second))
    x, y = np.asarray(first)[both], np.asarray(second)[both]
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan"), len(x)
    return float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1]), len(x)


def variance_shares(scores, methods, settings):
    """How much of the scores' variance the method, its setting and the seed account for.

    The question of Locatello et al. (2019, section 5.4). The sum of squares about the mean splits
    into that of the methods' means, that of the settings' means about their methods', and that of
    the scores about their settings' means. Settings are nested in methods.

    Args:
      scores: ``[N]``.
      methods: N names.
      settings: N names.

    Returns:
      the shares of method, setting and seed, which add up to 1; NaN if no score differs.
    """
    scores = np.asarray(scores, np.float64)
    if len(scores) < 2 or np.ptp(scores) == 0:
        return float("nan"), float("nan"), float("nan")
    by_method = _group_means(scores, list(methods))
    by_setting = _group_means(scores, list(zip(methods, settings, strict=True)))
    total = np.sum((scores - scores.mean()) ** 2)
    of_method = np.sum((by_method - scores.mean()) ** 2) / total
    of_setting = np.sum((by_setting - by_method) ** 2) / total
    of_seed = np.sum((scores - by_setting) ** 2) / total
    return float(of_method), float(of_setting), float(of_seed)


def _group_means(scores, groups):
    """The mean of each score's group: ``[N]``."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    index = np.array([numbers[group] for group in groups])
    return (np.bincount(index, scores) / np.bincount(index))[index]
