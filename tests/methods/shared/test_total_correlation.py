"""The estimates of the total correlation against plain loops."""

import math

import pytest
import torch

from dlib.methods.shared import total_correlation as tc

Z = torch.tensor([[0.1, -0.4], [1.2, 0.3], [-0.5, 0.9]], dtype=torch.float64)
MEAN = torch.tensor([[0.0, 0.0], [1.0, 0.5], [-1.0, 1.0]], dtype=torch.float64)
LOGVAR = torch.tensor([[0.0, -1.0], [0.5, 0.0], [-0.5, -2.0]], dtype=torch.float64)


def density(z, mean, logvar):
    return math.exp(-0.5 * (z - mean) ** 2 / math.exp(logvar)) / math.sqrt(
        2 * math.pi * math.exp(logvar)
    )


def by_hand(weights):
    """E_j[log sum_i w_ji prod_l q - sum_l log sum_i w_ji q] in plain loops."""
    q = [
        [[density(*(float(t[k, n]) for t, k in zip((Z, MEAN, LOGVAR), (j, i, i), strict=True)))
          for n in range(2)] for i in range(3)]
        for j in range(3)
    ]  # fmt: skip
    total = 0.0
    for j in range(3):
        joint = sum(weights[j][i] * q[j][i][0] * q[j][i][1] for i in range(3))
        marginals = [sum(weights[j][i] * q[j][i][n] for i in range(3)) for n in range(2)]
        total += math.log(joint) - sum(math.log(m) for m in marginals)
    return total / 3


def test_log_density():
    # The reference's cases: N(1; 0, 1) and N(1; 1, 1).
    one = torch.ones(1)
    value = tc.gaussian_log_density(one, torch.zeros(1), torch.zeros(1))
    assert value.item() == pytest.approx(-0.5 - 0.5 * math.log(2 * math.pi))
    value = tc.gaussian_log_density(one, one, torch.zeros(1))
    assert value.item() == pytest.approx(-0.5 * math.log(2 * math.pi))


def test_minibatch_weighted_estimate_and_its_constant():
    ones = [[1.0] * 3] * 3
    assert tc.total_correlation(Z, MEAN, LOGVAR).item() == pytest.approx(by_hand(ones))
    weights = [[1 / (50 * 3)] * 3] * 3  # 1 / (N B)
    expected = tc.total_correlation(Z, MEAN, LOGVAR) + tc.weighting_constant(2, 3, 50)
    assert expected.item() == pytest.approx(by_hand(weights))


@pytest.mark.parametrize(("num_dim", "expected"), [(1, 0.0), (10, -9 * math.log(1000))])
def test_one_posterior_for_all_leaves_the_constant(num_dim, expected):
    z = torch.randn(1000, num_dim, generator=torch.Generator().manual_seed(0))
    value = tc.total_correlation(z, torch.zeros_like(z), torch.zeros_like(z))
    assert value.item() == pytest.approx(expected, abs=1e-3)


def test_stratified_estimate_by_hand():
    n, m = 50, 2
    rest = (n - m) / (n * m)
    weights = [[1 / n, rest, 1 / m], [1 / m, 1 / n, rest], [rest, 1 / m, 1 / n]]
    found = tc.stratified_log_weights(3, n).exp()
    assert torch.allclose(found, torch.tensor(weights, dtype=torch.float64))
    value = tc.stratified_total_correlation(Z, MEAN, LOGVAR, n)
    assert value.item() == pytest.approx(by_hand(weights))


def test_stratified_estimate_of_the_whole_set_is_exact():
    # With B = N every weight is 1/N but one that is (N - M)/(N M) = 1/(N (N - 1)): for N = 2 all
    # are 1/2 or 1/2, and the estimate is the total correlation of the mixture at the draws.
    value = tc.stratified_log_weights(2, 2).exp()
    assert torch.allclose(value, torch.full((2, 2), 0.5, dtype=torch.float64))
