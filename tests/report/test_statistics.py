import numpy as np
import pytest
from scipy import stats

from dlib.report import statistics


def state():
    return np.random.RandomState(0)


def test_the_interquartile_mean_cuts_a_quarter_at_each_end():
    assert statistics.interquartile_mean([9.0, 1.0, 2.0, 3.0]) == 2.5  # 1 and 9 are cut
    assert statistics.interquartile_mean([5.0, 1.0, 3.0]) == 3.0  # 3 // 4 = 0 are cut
    assert statistics.interquartile_mean([7.0]) == 7.0
    scores = np.random.RandomState(1).rand(3, 23)
    expected = stats.trim_mean(scores, 0.25, axis=1)
    np.testing.assert_allclose(statistics.interquartile_mean(scores), expected)


@pytest.mark.parametrize(("failures", "runs"), [(0, 50), (4, 50), (1, 1), (3, 7), (50, 50)])
def test_wilson_is_scipys(failures, runs):
    expected = stats.binomtest(failures, runs).proportion_ci(0.95, method="wilson")
    low, high = statistics.wilson_interval(failures / runs, runs)
    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)


def test_wilson_without_a_failure_in_closed_form():
    z = stats.norm.ppf(0.975)
    low, high = statistics.wilson_interval(0.0, 10)
    assert (low, high) == (0.0, pytest.approx(z**2 / (10 + z**2)))


def test_the_effective_count():
    assert statistics.effective_count([50, 50, 50, 50]) == 200
    assert statistics.effective_count([7]) == 7
    # Variances of the shares are p (1 - p) (1/10 + 1/40) / 4 = p (1 - p) / 32.
    assert statistics.effective_count([10, 40]) == pytest.approx(32)


def test_a_bootstrap_interval_of_a_mean_is_close_to_the_normal_one():
    scores = np.random.RandomState(3).normal(size=400)
    low, high = statistics.bootstrap_interval(scores, np.mean, state(), replicates=4000)
    half = 1.96 * scores.std() / 20
    assert low == pytest.approx(scores.mean() - half, abs=0.01)
    assert high == pytest.approx(scores.mean() + half, abs=0.01)


def test_a_bootstrap_interval_of_two_scores_in_closed_form():
    # Means of two draws: both low with probability 1/4, so the ends are the scores themselves.
    assert statistics.bootstrap_interval([0.0, 1.0], np.mean, state()) == (0.0, 1.0)
    assert statistics.bootstrap_interval([0.5] * 9, np.median, state()) == (0.5, 0.5)


def test_one_score_has_no_interval():
    assert np.isnan(statistics.bootstrap_interval([0.5], np.mean, state())).all()
    assert np.isnan(statistics.improvement_interval([([1.0], [2.0])], state())).all()


def test_equal_seeds_give_equal_intervals():
    scores = np.random.RandomState(3).rand(20)
    first, second = (statistics.bootstrap_interval(scores, np.median, state()) for _ in range(2))
    assert first == second


def test_the_stratified_bootstrap_resamples_strata_by_themselves():
    # Within each stratum nothing varies, so neither does their mean; resampled together it would.
    strata = [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    interval = statistics.stratified_bootstrap_interval(
        strata, lambda samples: np.concatenate(samples, axis=-1).mean(axis=-1), state()
    )
    assert interval == (0.5, 0.5)


def test_the_probability_of_improvement():
    assert statistics.probability_of_improvement([3.0, 4.0], [1.0, 2.0]) == 1.0
    assert statistics.probability_of_improvement([1.0, 2.0], [1.0, 2.0]) == 0.5
    # 1 beats 0; 1 ties 1; 1 loses to 2: (1 + 1/2) / 3.
    assert statistics.probability_of_improvement([1.0], [0.0, 1.0, 2.0]) == 0.5
    ours, theirs = np.random.RandomState(0).rand(2, 17)
    u = stats.mannwhitneyu(ours, theirs).statistic
    assert statistics.probability_of_improvement(ours, theirs) == pytest.approx(u / 17**2)


def test_the_interval_of_improvement():
    assert statistics.improvement_interval([([3.0, 4.0], [1.0, 2.0])], state()) == (1.0, 1.0)
    # One data set always won, one always lost: one half on average, without any spread.
    pairs = [([3.0, 4.0], [1.0, 2.0]), ([1.0, 2.0], [3.0, 4.0])]
    assert statistics.improvement_interval(pairs, state()) == (0.5, 0.5)
    random = np.random.RandomState(5)
    ours, theirs = random.normal(0.5, 1, 60), random.normal(0, 1, 60)
    low, high = statistics.improvement_interval([(ours, theirs)], state(), replicates=4000)
    # The plain bootstrap, with the comparisons made anew for each replicate.
    samples = [
        statistics.probability_of_improvement(random.choice(ours, 60), random.choice(theirs, 60))
        for _ in range(3000)
    ]
    expected = np.quantile(samples, [0.025, 0.975])
    np.testing.assert_allclose([low, high], expected, atol=0.012)


def test_mann_whitney():
    # Exact: the two most extreme of 20 orders.
    assert statistics.mann_whitney([1, 2, 3], [4, 5, 6]) == pytest.approx(2 / 20)
    assert np.isnan(statistics.mann_whitney([1], [4, 5, 6]))


def test_holm():
    # 0.01 * 4, 0.02 * 3, 0.03 * 2 = 0.06, and 0.5.
    np.testing.assert_allclose(statistics.holm([0.03, 0.01, 0.5, 0.02]), [0.06, 0.04, 0.5, 0.06])
    np.testing.assert_allclose(statistics.holm([0.9, np.nan, 0.8]), [1.0, np.nan, 1.0])
    assert statistics.holm([]).shape == (0,)


def test_rank_correlation():
    nan = np.nan
    first, second = np.array([1, 2, 3, 4, nan]), np.array([10, 20, 40, 30, 5.0])
    # 1 - 6 sum d^2 / (n (n^2 - 1)) = 1 - 12 / 60.
    assert statistics.rank_correlation(first, second) == (pytest.approx(0.8), 4)
    with_ties = np.array([1, 1, 2, 3, 3.0])
    expected = stats.spearmanr(with_ties, second).statistic
    assert statistics.rank_correlation(with_ties, second)[0] == pytest.approx(expected)
    value, count = statistics.rank_correlation(np.array([1, 2.0]), np.array([1, 2.0]))
    assert np.isnan(value)
    assert count == 2
    assert np.isnan(statistics.rank_correlation(np.ones(4), np.arange(4.0))[0])


def test_variance_shares_by_hand():
    # The means of the methods are 2 and 6, those of the settings 1, 3 and 6.
    scores = [0, 2, 2, 4, 5, 7]
    methods = ["a", "a", "a", "a", "b", "b"]
    settings = ["x", "x", "y", "y", "x", "x"]
    mean = 20 / 6
    total = sum((score - mean) ** 2 for score in scores)
    of_method = (4 * (2 - mean) ** 2 + 2 * (6 - mean) ** 2) / total
    of_setting = 4 * 1 / total
    of_seed = 6 * 1 / total
    shares = statistics.variance_shares(scores, methods, settings)
    assert shares == pytest.approx((of_method, of_setting, of_seed))
    assert sum(shares) == pytest.approx(1)
    assert statistics.variance_shares([1, 1, 2, 2], "aabb", "xxxx") == pytest.approx((1, 0, 0))
    assert statistics.variance_shares([1, 2, 1, 2], "aabb", "xyxy") == pytest.approx((0, 1, 0))
    assert statistics.variance_shares([1, 2, 1, 2], "aabb", "xxxx") == pytest.approx((0, 0, 1))
    assert np.isnan(statistics.variance_shares([1, 1, 1], "aab", "xxx")).all()
