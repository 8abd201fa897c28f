"""Laws of correlated factors: drawn tables against the closed form."""

import numpy as np
import pytest

from dlib.data.ground_truth.factor_laws import (
    FactorDistribution,
    confounded,
    correlated_pairs,
    excluded,
)
from dlib.utils.errors import DlibError

NUM = 40000


class Small:
    """Four factors."""

    name = "small"
    factor_names = ("a", "b", "c", "d")
    factors_num_values = [3, 6, 4, 2]


def _gaussian(n, m, sigma):
    """p(i, j) ~ exp(-(i / n - j / m)^2 / (2 sigma^2)), [n, m], not normalised."""
    i, j = np.arange(n)[:, None] / n, np.arange(m) / m
    return np.exp(-((i - j) ** 2) / (2 * sigma**2))


def _table(factors, columns, sizes):
    """Frequencies of combinations of columns."""
    flat = np.ravel_multi_index(tuple(factors[:, columns].T), sizes)
    return np.bincount(flat, minlength=np.prod(sizes)).reshape(sizes) / len(factors)


def _same(found, expected):
    """Frequencies within 5 standard deviations of their probabilities."""
    expected = expected / expected.sum()
    assert (np.abs(found - expected) <= 5 * np.sqrt(expected * (1 - expected) / NUM)).all()


def _sample(laws, seed=0):
    factors = FactorDistribution(Small(), laws).sample(NUM, np.random.RandomState(seed))
    assert factors.dtype == np.int64
    assert factors.shape == (NUM, 4)
    return factors


@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.7])
def test_a_pair(sigma):
    factors = _sample(correlated_pairs([("b", "c")], sigma))
    _same(_table(factors, [1, 2], (6, 4)), _gaussian(6, 4, sigma))
    _same(
        _table(factors, [0, 1, 3], (3, 6, 2)),
        _gaussian(6, 4, sigma).sum(1)[None, :, None] * np.ones((3, 1, 2)),
    )


def test_the_order_of_a_pair_does_not_matter():
    np.testing.assert_array_equal(
        _sample(correlated_pairs([("b", "c")], 0.2)), _sample(correlated_pairs([("c", "b")], 0.2))
    )


def test_two_pairs_that_share_a_factor():
    factors = _sample(correlated_pairs([("a", "b"), ("b", "c")], 0.3))
    expected = _gaussian(3, 6, 0.3)[:, :, None] * _gaussian(6, 4, 0.3)
    _same(_table(factors, [0, 1, 2], (3, 6, 4)), expected)


def test_one_factor_confounded_with_all():
    factors = _sample(confounded("c", 0.3))
    expected = np.einsum(
        "ac,bc,dc->abcd", _gaussian(3, 4, 0.3), _gaussian(6, 4, 0.3), _gaussian(2, 4, 0.3)
    )
    _same(_table(factors, [0, 1, 2, 3], (3, 6, 4, 2)), expected)


def test_one_side_is_excluded():
    factors = _sample(excluded([("a", "b")], margin=0.2))
    allowed = np.arange(3)[:, None] / 3 <= np.arange(6) / 6 + 0.2
    assert 0 < allowed.sum() < 18
    _same(_table(factors, [0, 1], (3, 6)), allowed.astype(float))


def test_laws_multiply():
    laws = correlated_pairs([("a", "b")], 0.3) + excluded([("a", "b")])
    allowed = np.arange(3)[:, None] / 3 <= np.arange(6) / 6
    _same(_table(_sample(laws), [0, 1], (3, 6)), _gaussian(3, 6, 0.3) * allowed)


def test_given_a_correlated_factor():
    distribution = FactorDistribution(Small(), correlated_pairs([("b", "c")], 0.2))
    factors = distribution.given(1, np.full(NUM, 4), np.random.RandomState(0))
    assert (factors[:, 1] == 4).all()
    _same(_table(factors, [2], (4,)), _gaussian(6, 4, 0.2)[4])
    _same(_table(factors, [0, 3], (3, 2)), np.ones((3, 2)))


def test_given_another_factor():
    distribution = FactorDistribution(Small(), correlated_pairs([("b", "c")], 0.2))
    values = np.arange(NUM) % 3
    factors = distribution.given(0, values, np.random.RandomState(0))
    np.testing.assert_array_equal(factors[:, 0], values)
    _same(_table(factors, [1, 2], (6, 4)), _gaussian(6, 4, 0.2))


def test_a_very_narrow_law_is_the_diagonal():
    distribution = FactorDistribution(Small(), correlated_pairs([("a", "b")], 1e-9))
    factors = distribution.sample(1000, np.random.RandomState(0))
    np.testing.assert_array_equal(factors[:, 1], 2 * factors[:, 0])  # i / 3 = j / 6
    with pytest.raises(DlibError, match="b = 1 does not occur"):
        distribution.given(1, [1], np.random.RandomState(0))


@pytest.mark.parametrize(
    ("laws", "message"),
    [
        (lambda: correlated_pairs([("a", "x")], 0.2), "no factor 'x' to correlate.*'a', 'b'"),
        (lambda: correlated_pairs([("a", "a")], 0.2), "cannot be correlated with itself"),
        (lambda: correlated_pairs(["ab"], 0.2), "expected a list like"),
        (lambda: correlated_pairs([("a", "b")], 0.0), "sigma is 0.0, expected a positive"),
        (lambda: confounded("x", 0.2), "no factor 'x'"),
        (lambda: excluded([("a", "b")], margin=-2), "exclude every combination"),
    ],
)
def test_wrong_laws(laws, message):
    with pytest.raises(DlibError, match=message):
        FactorDistribution(Small(), laws())


def test_too_many_combinations():
    class Big(Small):
        factors_num_values = [2**10, 2**10, 2**10, 2]

    with pytest.raises(DlibError, match="correlate fewer factors"):
        FactorDistribution(Big(), confounded("a", 0.2))
